package org.lsradapt.objectives.heads;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.Objective;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A loss of the outputs of a head, which is trained. For one thread at a time; the owner of the head closes it. */
abstract class HeadObjective implements Objective {
    private final SequenceHead head;
    private final Backend backend;

    HeadObjective(SequenceHead head, Backend backend) {
        this.head = head;
        this.backend = backend;
    }

    public final SequenceHead head() {
        return head;
    }

    final Backend backend() {
        return backend;
    }

    @Override
    public final Rows rows() {
        return Rows.of(head.part().row());
    }

    @Override
    public final List<FrozenLinear> layers() {
        return head.frozenDense().stream().toList();
    }

    @Override
    public List<Parameter> trainable() {
        return List.of(new Parameter("head", head.values(), head.gradients()));
    }

    /**
     * Computes a part of the loss.
     *
     * @param batch the sequences and their targets
     * @param gradients ∂L/∂outputs, zeros at first
     */
    abstract double loss(Batch batch, double[][] outputs, double total, double[][] gradients);

    /** Called after the head's gradients were collected. */
    void collected() {}

    /** Returns the answers for the head's outputs. */
    double[][] answers(double[][] outputs) {
        return outputs;
    }

    @Override
    public final Run open(Function<String, LayerUpdate> updates) {
        LayerUpdate dense =
                head.frozenDense().map(layer -> updates.apply(layer.name())).orElse(LayerUpdate.NONE);
        HeadRun run = new HeadRun(head, dense, backend);
        return new Run() {
            @Override
            public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
                double[][] outputs = run.forward(features);
                return head.readsEachToken() ? bySequence(sequences, outputs) : answers(outputs);
            }

            @Override
            public Part loss(Batch batch, INDArray features, double total, boolean wanted) {
                double[][] outputs = run.forward(features);
                double[][] gradients = new double[outputs.length][head.outputs()];
                double value = HeadObjective.this.loss(batch, outputs, total, gradients);
                Part part = new Part(value, run.backward(gradients, wanted));
                collected();
                return part;
            }

            @Override
            public void close() {
                run.close();
            }
        };
    }

    static double[][] bySequence(List<? extends ModelInput> sequences, double[][] tokens) {
        List<double[]> rows = new ArrayList<>();
        int from = 0;
        for (ModelInput sequence : sequences) {
            int width = tokens[from].length;
            double[] all = new double[sequence.length() * width];
            for (int t = 0; t < sequence.length(); t++) {
                System.arraycopy(tokens[from + t], 0, all, t * width, width);
            }
            from += sequence.length();
            rows.add(all);
        }
        return rows.toArray(new double[0][]);
    }
}
