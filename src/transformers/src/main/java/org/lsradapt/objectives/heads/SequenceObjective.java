package org.lsradapt.objectives.heads;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Classification, regression or ranking of sequences by a head. For one thread at a time; the owner of the head closes
 * it.
 */
public final class SequenceObjective extends HeadObjective {
    private final OutputLoss loss;

    private SequenceObjective(SequenceHead head, OutputLoss loss, Backend backend) {
        super(head, backend);
        this.loss = loss;
    }

    /**
     * Creates an objective with the mean loss over sequences.
     *
     * @param head the head; kept
     */
    public static SequenceObjective of(SequenceHead head, Loss loss, Backend backend) {
        return new SequenceObjective(head, new ExampleLoss(loss, head.outputs(), Optional.empty()), backend);
    }

    /**
     * Creates an objective that ranks a query's passages. A sequence is a query with a passage.
     *
     * @param head a head with one output; kept
     * @param loss the loss to minimize; {@link RankingLoss#targets} makes its targets
     * @throws IllegalArgumentException if the head has several outputs
     */
    public static SequenceObjective ranking(SequenceHead head, RankingLoss loss, Backend backend) {
        Require.argument(head.outputs() == 1, "ranking: the head has %d outputs, expected 1", head.outputs());
        return new SequenceObjective(head, loss, backend);
    }

    /**
     * Creates an objective with cross-entropy and a weight per class: Σ w_c·l / Σ w_c over the sequences' classes c.
     *
     * @param head the head; kept
     * @param classWeights finite, positive, one per output; copied
     * @throws IllegalArgumentException if the weights are not of this form
     */
    public static SequenceObjective weighted(SequenceHead head, double[] classWeights, Backend backend) {
        Require.argument(
                classWeights.length == head.outputs(),
                "class weights: %d weights for %d classes",
                classWeights.length,
                head.outputs());
        for (double weight : classWeights) {
            Require.argument(
                    weight > 0 && Double.isFinite(weight), "class weights: %s, expected positive numbers", weight);
        }
        return new SequenceObjective(
                head, new ExampleLoss(Loss.CROSS_ENTROPY, head.outputs(), Optional.of(classWeights.clone())), backend);
    }

    /**
     * Creates an objective with binary cross-entropy of each output by itself, for sequences with several labels: the
     * mean over sequences and outputs c of −(w_c·t_c·log σ(o_c) + (1 − t_c)·log(1 − σ(o_c))), torch's
     * {@code BCEWithLogitsLoss}. The target of a sequence is its t, {@link Target.Labels}.
     *
     * @param head the head; kept
     * @param positiveWeights w, finite, positive, one per output; empty for 1; copied
     * @throws IllegalArgumentException if the weights are not of this form
     */
    public static SequenceObjective multiLabel(SequenceHead head, Optional<double[]> positiveWeights, Backend backend) {
        return new SequenceObjective(head, new MultiLabelLoss(head.outputs(), positiveWeights), backend);
    }

    /**
     * Creates an objective with cross-entropy of the examples' classes and of a teacher's soft labels (Hinton et al.,
     * arXiv 1503.02531): the mean over sequences of (1 − w)·(−log softmax(o)_y) + w·T²·KL(softmax(z/T) ‖ softmax(o/T))
     * with a head's outputs o, a class y and the teacher's outputs z. The target of a sequence is its y and z, a
     * {@link Target.Distilled}.
     *
     * @param head the head; kept
     * @param share w, above 0 and at most 1
     * @param temperature T, finite and positive
     * @throws IllegalArgumentException if an argument is out of range
     */
    public static SequenceObjective distilled(SequenceHead head, double share, double temperature, Backend backend) {
        return new SequenceObjective(head, new DistillationLoss(head.outputs(), share, temperature), backend);
    }

    /**
     * Returns the same objective with label smoothing, as in torch's {@code cross_entropy} and the Trainer of
     * transformers: with C classes, the loss of a sequence of class y is (1 − ε)·w_y·l_y + ε/C·Σ_c w_c·l_c, where l_c
     * is the cross-entropy of class c and w_c its weight.
     *
     * @param smoothing ε, in [0, 1)
     * @return a new objective on the same head
     * @throws IllegalArgumentException if ε is out of range, or not 0 for a loss other than the cross-entropy of
     *     classes
     */
    public SequenceObjective smoothed(double smoothing) {
        return new SequenceObjective(head(), loss.smoothed(smoothing), backend());
    }

    /** There is a contrast of classes that no teacher answers, by the numbers that the head reads. */
    @Override
    public Optional<Objective> contrast() {
        TransformerWeights model = head().model();
        return loss instanceof ExampleLoss each && each.hasClasses()
                ? Optional.of(EmbeddingObjective.ofFeatures(
                        head().part().features(model.model().width()),
                        model.dataType(),
                        EmbeddingLoss.classes(),
                        backend()))
                : Optional.empty();
    }

    @Override
    public double labelSmoothing() {
        return loss.smoothing();
    }

    /** The weight of each class; empty if all are equal. A copy. */
    public Optional<double[]> classWeights() {
        return loss instanceof ExampleLoss each ? each.classWeights() : Optional.empty();
    }

    @Override
    public Map<String, String> settings() {
        return loss.settings();
    }

    @Override
    public double weight(List<? extends ModelInput> sequences, List<Target> targets) {
        Loss.requireOneTargetEach(sequences, targets);
        return loss.weight(targets);
    }

    @Override
    double loss(Batch batch, double[][] outputs, double total, double[][] gradients) {
        return loss.loss(outputs, batch.targets(), total, gradients);
    }
}
