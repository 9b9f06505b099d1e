package org.lsradapt.objectives;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes embeddings, their loss and its gradient. The loss depends on all vectors of a batch, so they are held until
 * it is computed, while hidden states come and go in chunks: {@link #begin}, {@link #hold} for each chunk,
 * {@link #loss(List, List, double)}, {@link #gradient} for each chunk.
 */
final class EmbeddingRun implements Objective.Run {
    private final Pooling pooling;
    private final boolean normalized;
    private final EmbeddingPass pass;
    private final EmbeddingLoss.Run loss;
    private final int width;
    /** The batch's vectors [texts, width]; the loss divides them by their norms. */
    private double[] units = {};

    private double[] norms = {};
    private double[] gradients = {};

    EmbeddingRun(int width, DataType type, Pooling pooling, boolean normalized, EmbeddingLoss loss, Backend backend) {
        this.width = width;
        this.pooling = pooling;
        this.normalized = normalized;
        pass = new EmbeddingPass(width, type, backend);
        this.loss = loss.open(width, type, backend);
    }

    @Override
    public double[][] outputs(List<? extends ModelInput> sequences, INDArray features) {
        float[][] embeddings = pass.forward(sequences, features, pooling, normalized);
        double[][] outputs = new double[embeddings.length][width];
        for (int i = 0; i < outputs.length; i++) {
            for (int c = 0; c < width; c++) {
                outputs[i][c] = embeddings[i][c];
            }
        }
        return outputs;
    }

    @Override
    public Objective.Part loss(
            List<? extends ModelInput> sequences,
            List<Target> targets,
            INDArray features,
            double total,
            boolean wanted) {
        begin(sequences.size());
        hold(0, sequences, features);
        double value = loss(sequences, targets, total);
        @Nullable INDArray gradient = wanted ? gradient(0, sequences) : null;
        return new Objective.Part(value, gradient);
    }

    /** Begins a batch of the given number of texts. */
    void begin(int texts) {
        units = new double[texts * width];
        norms = new double[texts];
        gradients = new double[texts * width];
    }

    /**
     * Holds the vectors of some texts.
     *
     * @param from index of the first of them in the batch
     * @param sequences the texts
     * @param features their hidden states; not modified
     */
    void hold(int from, List<? extends ModelInput> sequences, INDArray features) {
        double[] rows = pass.pool(sequences, features, pooling);
        System.arraycopy(rows, 0, units, from * width, rows.length);
    }

    /**
     * Computes the loss of the whole batch, which must be held completely; see {@link Objective.Run#loss}.
     *
     * @param sequences all texts
     * @param targets one per text
     * @param total divisor of the sum
     */
    double loss(List<? extends ModelInput> sequences, List<Target> targets, double total) {
        for (int i = 0; i < norms.length; i++) {
            norms[i] = EmbeddingPass.norm(units, i, width);
            for (int at = i * width; at < (i + 1) * width; at++) {
                units[at] /= norms[i];
            }
        }
        return loss.loss(sequences, targets, units, total, gradients);
    }

    /**
     * Computes the gradient of the last loss through the norm: with u = x/‖x‖ and g = ∂L/∂u, ∂L/∂x = (g − (g·u)u)/‖x‖.
     *
     * @param from index in the batch of the first of the texts
     * @param sequences the texts
     * @return ∂L/∂features of the texts, memory of this run
     */
    INDArray gradient(int from, List<? extends ModelInput> sequences) {
        double[] rows = new double[sequences.size() * width];
        for (int i = 0; i < sequences.size(); i++) {
            int text = (from + i) * width;
            double along = 0;
            for (int c = 0; c < width; c++) {
                along += gradients[text + c] * units[text + c];
            }
            for (int c = 0; c < width; c++) {
                rows[i * width + c] = (gradients[text + c] - along * units[text + c]) / norms[from + i];
            }
        }
        return pass.backward(sequences, rows, pooling);
    }

    @Override
    public void close() {
        pass.close();
        loss.close();
    }
}
