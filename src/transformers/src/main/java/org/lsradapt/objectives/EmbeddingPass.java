package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Turns hidden states into embeddings, in memory that it keeps. For one thread at a time. */
public final class EmbeddingPass implements AutoCloseable {
    private final int width;
    private final Backend backend;
    private final MeanPooling mean;
    /** One row per text, without a mean. */
    private final Buffer gradient;

    /** Creates a pass over the hidden states of a model; it allocates memory when it is used. */
    public EmbeddingPass(TransformerWeights model, Backend backend) {
        this(model.model().width(), model.dataType(), backend);
    }

    EmbeddingPass(int width, DataType type, Backend backend) {
        this.backend = backend;
        this.width = width;
        mean = new MeanPooling(width, type, false, backend);
        gradient = new Buffer(type, width);
    }

    /**
     * Computes the embeddings of texts.
     *
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
            double norm = normalized ? UnitVectors.norm(rows, i, width) : 1;
            for (int c = 0; c < width; c++) {
                embeddings[i][c] = (float) (rows[i * width + c] / norm);
            }
        }
        return embeddings;
    }

    /** Returns one vector per text, not normalized, as rows of [texts, width]; new. */
    double[] pool(List<? extends ModelInput> sequences, INDArray hidden, Pooling pooling) {
        if (pooling == Pooling.MEAN) {
            return mean.means(sequences, hidden);
        }
        double[] rows = new double[sequences.size() * width];
        backend.read(hidden, rows);
        return rows;
    }

    /** Computes the gradient of {@link #pool}, memory of this pass, from ∂L/∂vectors, which it overwrites. */
    INDArray backward(List<? extends ModelInput> sequences, double[] rows, Pooling pooling) {
        if (pooling == Pooling.MEAN) {
            return mean.spread(sequences, rows);
        }
        INDArray out = gradient.rows(sequences.size());
        backend.write(rows, out);
        return out;
    }

    @Override
    public void close() {
        mean.close();
        gradient.close();
    }
}
