package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Turns hidden states into embeddings, in memory that it keeps. For one thread at a time. */
public final class EmbeddingPass implements AutoCloseable {
    /** The smallest norm to divide by, as in PyTorch's {@code normalize}. */
    private static final double LEAST_NORM = 1e-12;

    private final int width;
    private final Backend backend;
    private final Kernels kernels;
    /** One row per text. */
    private final Buffer pooled;

    /** One row per hidden state. */
    private final Buffer gradient;

    /**
     * Creates a pass; it allocates memory when it is used.
     *
     * @param model the model whose hidden states are read
     * @param backend copies between native memory and Java's
     */
    public EmbeddingPass(TransformerWeights model, Backend backend) {
        this(model.model().width(), model.dataType(), backend);
    }

    /** Creates a pass for vectors of the given width. */
    EmbeddingPass(int width, DataType type, Backend backend) {
        this.backend = backend;
        this.width = width;
        kernels = Kernels.standard(backend, type);
        pooled = new Buffer(type, width);
        gradient = new Buffer(type, width);
    }

    /**
     * Computes the embeddings of texts.
     *
     * @param sequences the texts' tokens
     * @param hidden their hidden states [rows, width], as {@link Pooling#rows} asks for them; not modified
     * @param pooling how the hidden states of a text become one vector
     * @param normalized whether that vector is divided by its Euclidean norm
     * @return a row of width numbers per text, new
     */
    public float[][] forward(
            List<? extends ModelInput> sequences, INDArray hidden, Pooling pooling, boolean normalized) {
        double[] rows = pool(sequences, hidden, pooling);
        float[][] embeddings = new float[sequences.size()][width];
        for (int i = 0; i < embeddings.length; i++) {
            double norm = normalized ? norm(rows, i, width) : 1;
            for (int c = 0; c < width; c++) {
                embeddings[i][c] = (float) (rows[i * width + c] / norm);
            }
        }
        return embeddings;
    }

    /** The Euclidean norm of a row, at least 1e-12. */
    static double norm(double[] rows, int row, int width) {
        double square = 0;
        for (int i = row * width; i < (row + 1) * width; i++) {
            square += rows[i] * rows[i];
        }
        return Math.max(LEAST_NORM, Math.sqrt(square));
    }

    /** Returns one vector per text, not normalized, as rows of [texts, width]; new. */
    double[] pool(List<? extends ModelInput> sequences, INDArray hidden, Pooling pooling) {
        double[] rows = new double[sequences.size() * width];
        if (pooling != Pooling.MEAN) {
            backend.read(hidden, rows);
            return rows;
        }
        INDArray sums = pooled.rows(sequences.size());
        backend.clear(sums);
        kernels.scatterAddRows(hidden, owners(sequences), sums);
        backend.read(sums, rows);
        divideByLengths(sequences, rows);
        return rows;
    }

    /**
     * Computes the gradient of {@link #pool}.
     *
     * @param sequences the sequences of that call
     * @param rows ∂L/∂vectors [texts, width]; overwritten
     * @param pooling the pooling of that call
     * @return ∂L/∂hidden, memory of this pass
     */
    INDArray backward(List<? extends ModelInput> sequences, double[] rows, Pooling pooling) {
        if (pooling != Pooling.MEAN) {
            INDArray out = gradient.rows(sequences.size());
            backend.write(rows, out);
            return out;
        }
        divideByLengths(sequences, rows);
        INDArray shares = pooled.rows(sequences.size());
        backend.write(rows, shares);
        int[] owners = owners(sequences);
        INDArray out = gradient.rows(owners.length);
        kernels.gatherRows(shares, owners, out);
        return out;
    }

    /** Returns the index of the text that each token belongs to. */
    private static int[] owners(List<? extends ModelInput> sequences) {
        int[] owners = new int[sequences.stream().mapToInt(ModelInput::length).sum()];
        int at = 0;
        for (int i = 0; i < sequences.size(); i++) {
            for (int t = 0; t < sequences.get(i).length(); t++) {
                owners[at++] = i;
            }
        }
        return owners;
    }

    private void divideByLengths(List<? extends ModelInput> sequences, double[] rows) {
        for (int i = 0; i < rows.length; i++) {
            rows[i] /= sequences.get(i / width).length();
        }
    }

    @Override
    public void close() {
        pooled.close();
        gradient.close();
    }
}
