package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Classification of sequences into ordered classes by one score and trained {@linkplain OrdinalThresholds thresholds}: the mean of
 * −log P(y), with P(y = k) = P(y &gt; k − 1) − P(y &gt; k), weighted by class if classes have weights. The thresholds take the place of
 * the head's bias, which is not trained. The target of a sequence is a {@link Target.Category}; its outputs are the logarithms of the
 * classes' probabilities.
 *
 * <p>For one thread at a time; the owner of the head closes it.
 */
public final class OrdinalObjective extends HeadObjective {
    private final OrdinalLoss loss;
    private final Parameter thresholds;

    private OrdinalObjective(SequenceHead head, OrdinalLoss loss, Parameter thresholds, Backend backend) {
        super(head, backend);
        this.loss = loss;
        this.thresholds = thresholds;
    }

    /**
     * Creates an objective.
     *
     * @param head a head with one output, the score; kept
     * @param thresholds the first thresholds, as {@link OrdinalThresholds#require} takes them; copied
     * @throws IllegalArgumentException if the head has several outputs, or the thresholds do not rise
     */
    public static OrdinalObjective of(SequenceHead head, double[] thresholds, Backend backend) {
        Require.argument(head.outputs() == 1, "ordered classes: the head has %d outputs, expected 1", head.outputs());
        INDArray values = Nd4j.createFromArray(OrdinalThresholds.parameters(thresholds))
                .castTo(head.values().dataType());
        return new OrdinalObjective(
                head,
                new OrdinalLoss(thresholds.length + 1, Optional.empty()),
                new Parameter("thresholds", values, values.like()),
                backend);
    }

    /**
     * Returns an objective with the same parameters and a weight per class: Σ w_c·l / Σ w_c over the sequences' classes c.
     *
     * @param classWeights finite, positive, one per class; copied
     * @throws IllegalArgumentException if the weights are not of this form
     */
    public OrdinalObjective weighted(double[] classWeights) {
        return new OrdinalObjective(
                head(), new OrdinalLoss(thresholds().length + 1, Optional.of(classWeights)), thresholds, backend());
    }

    /** Returns the current thresholds in a new array. */
    public double[] thresholds() {
        return OrdinalThresholds.of(numbers(thresholds.value()));
    }

    private double[] numbers(INDArray array) {
        double[] numbers = new double[(int) array.length()];
        backend().read(array, numbers);
        return numbers;
    }

    @Override
    public List<Parameter> trainable() {
        return Stream.concat(super.trainable().stream(), Stream.of(thresholds)).toList();
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
    double[][] answers(double[][] outputs) {
        double[] current = thresholds();
        return Arrays.stream(outputs)
                .map(score -> OrdinalThresholds.logProbabilities(score[0], current))
                .toArray(double[][]::new);
    }

    @Override
    double loss(Batch batch, double[][] outputs, double total, double[][] gradients) {
        double[] sums = numbers(thresholds.gradient());
        double value = loss.loss(outputs, batch.targets(), total, numbers(thresholds.value()), gradients, sums);
        backend().write(sums, thresholds.gradient());
        return value;
    }

    @Override
    void collected() {
        if (head().output().bias() != null) {
            backend().clear(head().output().bias().gradient());
        }
    }
}
