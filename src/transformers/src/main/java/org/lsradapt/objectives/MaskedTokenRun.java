package org.lsradapt.objectives;

import java.util.List;
import java.util.OptionalDouble;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.internal.Kernels;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Computes the head of a masked language model for selected rows, forward and backward, in memory that it keeps. For
 * one thread at a time.
 */
final class MaskedTokenRun implements AutoCloseable {
    private final MaskedTokenHead head;
    private final Backend backend;
    private final Kernels kernels;
    private final VocabularyLoss vocabulary;
    /** Hidden states of the rows, later their gradient. */
    private final Buffer rows;
    /** The dense product, later its activation's derivative. */
    private final Buffer dense;

    private final Buffer active;
    private final Buffer normalized;
    private final Buffer inverseDeviations;
    /** The gradient of all hidden states. */
    private final Buffer gradient;

    MaskedTokenRun(MaskedTokenHead head, Backend backend) {
        this.head = head;
        this.backend = backend;
        TransformerWeights model = head.model();
        DataType type = model.dataType();
        kernels = Kernels.standard(backend, type);
        vocabulary =
                new VocabularyLoss(model.embeddingWeight().orElseThrow(), head.bias(), OptionalDouble.empty(), backend);
        int width = model.model().width();
        int own = head.part().dense().out();
        rows = new Buffer(type, width);
        dense = new Buffer(type, own);
        active = new Buffer(type, own);
        normalized = new Buffer(type, own);
        inverseDeviations = new Buffer(type, 1);
        gradient = new Buffer(type, width);
    }

    /** See {@link VocabularyLoss#openBy}. */
    void openBy(PassFactory factory) {
        vocabulary.openBy(factory);
    }

    /**
     * Computes the losses of rows.
     *
     * @param hidden hidden states [tokens, width]; not modified
     * @param which the rows to read
     * @param targets the token that each of these rows should predict
     * @param right set for each row to whether no token has a larger logit than its target
     * @return −log p of each target
     */
    double[] forward(INDArray hidden, int[] which, int[] targets, boolean[] right) {
        return vocabulary.losses(transform(hidden, which, false), targets, 0, 0, null, right);
    }

    /**
     * Computes the losses of rows like {@link #forward}, with label smoothing.
     *
     * @param scale factor of the gradient
     * @param wanted whether {@link #gradient} will be called
     */
    double[] train(INDArray hidden, int[] which, int[] targets, double smoothing, double scale, boolean wanted) {
        INDArray read = transform(hidden, which, wanted);
        INDArray gradRead = wanted ? vocabulary.gradient(which.length) : null;
        return vocabulary.losses(read, targets, smoothing, scale, gradRead);
    }

    private INDArray transform(INDArray hidden, int[] which, boolean keeps) {
        int n = which.length;
        INDArray x = rows.rows(n);
        kernels.gatherRows(hidden, which, x);
        INDArray z = dense.rows(n);
        head.dense().multiply(backend, x, 0, z);
        INDArray read = active.rows(n);
        kernels.activate(head.part().activation(), z, head.denseBias(), read, keeps);
        kernels.addNormalize(
                read,
                null,
                null,
                null,
                head.norm(),
                read,
                keeps ? normalized.rows(n) : null,
                keeps ? inverseDeviations.vector(n) : null);
        return read;
    }

    /**
     * Computes the gradient of the last {@link #train}.
     *
     * @param which the rows of that call
     * @param tokens the number of rows of the hidden states
     * @return scale·∂(Σ losses)/∂hidden [tokens, width], memory of this object
     */
    INDArray gradient(int[] which, long tokens) {
        int n = which.length;
        INDArray gradRead = vocabulary.gradient(n);
        kernels.normalizeGradient(
                gradRead, head.norm(), normalized.rows(n), inverseDeviations.vector(n), null, gradRead);
        kernels.multiply(dense.rows(n), gradRead);
        INDArray gradRows = rows.rows(n);
        head.dense().multiplyTransposed(backend, gradRead, 0, gradRows);
        INDArray all = gradient.rows(tokens);
        backend.clear(all);
        kernels.scatterRows(gradRows, which, all);
        return all;
    }

    @Override
    public void close() {
        List.of(rows, dense, active, normalized, inverseDeviations, gradient).forEach(Buffer::close);
        vocabulary.close();
    }
}
