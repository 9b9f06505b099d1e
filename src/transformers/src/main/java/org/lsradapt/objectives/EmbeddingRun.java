package org.lsradapt.objectives;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes embeddings, their loss and its gradient. The loss depends on all vectors of a batch, so they are held until
 * it is computed, while hidden states come and go in chunks: {@link #begin}, {@link #hold} for each chunk,
 * {@link #loss(Objective.Batch, double)}, {@link #gradient} for each chunk.
 */
final class EmbeddingRun implements Objective.Run {
    private final Pooling pooling;
    private final boolean normalized;
    private final EmbeddingPass pass;
    private final EmbeddingLoss.Run loss;
    private final int width;
    /** The batch's vectors [texts, width], later divided by their norms. */
    private double[] vectors = {};

    private UnitVectors units;
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
    public Objective.Part loss(Objective.Batch batch, INDArray features, double total, boolean wanted) {
        List<? extends ModelInput> sequences = batch.sequences();
        begin(sequences.size());
        hold(0, sequences, features);
        double value = loss(batch, total);
        @Nullable INDArray gradient = wanted ? gradient(0, sequences) : null;
        return new Objective.Part(value, gradient);
    }

    void begin(int texts) {
        vectors = new double[texts * width];
        gradients = new double[texts * width];
    }

    /** Holds the vectors of some texts from index {@code from} of the batch on; features are not modified. */
    void hold(int from, List<? extends ModelInput> sequences, INDArray features) {
        double[] rows = pass.pool(sequences, features, pooling);
        System.arraycopy(rows, 0, vectors, from * width, rows.length);
    }

    /** Computes the loss of the whole batch, which must be held completely; see {@link Objective.Run#loss}. */
    double loss(Objective.Batch batch, double total) {
        units = UnitVectors.of(vectors, width);
        return loss.loss(batch, units, total, gradients);
    }

    /** Returns ∂L/∂features of the last loss for the texts from an index of the batch on; memory of this run. */
    INDArray gradient(int from, List<? extends ModelInput> sequences) {
        double[] rows = new double[sequences.size() * width];
        for (int i = 0; i < sequences.size(); i++) {
            units.addGradient(from + i, gradients, 1, rows, i * width);
        }
        return pass.backward(sequences, rows, pooling);
    }

    @Override
    public void close() {
        pass.close();
        loss.close();
    }
}
