package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Classification or regression of sequences by a head. For one thread at a time; the head stays its owner's to close.
 */
public final class SequenceObjective implements Objective {
    private final SequenceHead head;
    private final Loss loss;
    private final double[] classWeights;
    private final Backend backend;

    private SequenceObjective(SequenceHead head, Loss loss, double[] classWeights, Backend backend) {
        this.head = head;
        this.loss = loss;
        this.classWeights = classWeights;
        this.backend = backend;
    }

    /**
     * The mean loss over sequences.
     *
     * @param head the head; kept
     * @param loss what is minimized
     * @param backend the matrix products
     */
    public static SequenceObjective of(SequenceHead head, Loss loss, Backend backend) {
        return new SequenceObjective(head, loss, null, backend);
    }

    /**
     * Cross-entropy with a weight per class: Σ w_c·l / Σ w_c over the sequences' classes c.
     *
     * @param head the head; kept
     * @param classWeights finite, positive, one per output; copied
     * @param backend the matrix products
     * @throws IllegalArgumentException if the weights are others
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
        return new SequenceObjective(head, Loss.CROSS_ENTROPY, classWeights.clone(), backend);
    }

    /** The head. */
    public SequenceHead head() {
        return head;
    }

    /** The weight of each class; empty if all are equal. A copy. */
    public Optional<double[]> classWeights() {
        return Optional.ofNullable(classWeights).map(double[]::clone);
    }

    @Override
    public Rows rows() {
        return Rows.of(head.part().row());
    }

    @Override
    public List<FrozenLinear> layers() {
        return head.frozenDense().stream().toList();
    }

    @Override
    public List<Parameter> trainable() {
        return List.of(new Parameter("head", head.values(), head.gradients()));
    }

    @Override
    public Map<String, String> settings() {
        return Map.of(
                "loss",
                loss.toString(),
                "class weights",
                classWeights == null ? "none" : Arrays.toString(classWeights));
    }

    @Override
    public double weight(List<? extends ModelInput> sequences, double[] labels) {
        Require.argument(
                labels.length == sequences.size(),
                "training step: %d sequences and %d labels",
                sequences.size(),
                labels.length);
        double sum = 0;
        for (double label : labels) {
            Require.argument(
                    loss != Loss.CROSS_ENTROPY || (label == Math.rint(label) && label >= 0 && label < head.outputs()),
                    "training step: label %s, expected a class index from 0 to %d",
                    label,
                    head.outputs() - 1);
            sum += weight(label);
        }
        return sum;
    }

    private double weight(double label) {
        return classWeights == null ? 1 : classWeights[(int) label];
    }

    @Override
    public Run open(Function<String, LayerUpdate> updates) {
        LayerUpdate dense =
                head.frozenDense().map(layer -> updates.apply(layer.name())).orElse(LayerUpdate.NONE);
        HeadRun run = new HeadRun(head, dense, backend);
        return new Run() {
            @Override
            public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
                return run.forward(features);
            }

            @Override
            public Part loss(
                    List<? extends ModelInput> sequences,
                    double[] labels,
                    INDArray features,
                    double total,
                    boolean wanted) {
                double[][] outputs = run.forward(features);
                double[][] gradients = new double[outputs.length][head.outputs()];
                double sum = 0;
                for (int i = 0; i < outputs.length; i++) {
                    double weight = weight(labels[i]);
                    sum += weight * loss.one(outputs[i], labels[i], gradients[i]);
                    for (int c = 0; c < gradients[i].length; c++) {
                        gradients[i][c] *= weight / total;
                    }
                }
                return new Part(sum / total, run.backward(gradients, wanted));
            }

            @Override
            public void close() {
                run.close();
            }
        };
    }
}
