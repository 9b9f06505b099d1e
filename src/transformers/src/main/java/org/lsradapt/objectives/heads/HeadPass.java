package org.lsradapt.objectives.heads;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.SequenceUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Applies heads to a batch in which each sequence has its own head and its own updates of the model's layers, in memory
 * that it keeps. Heads are only read, so passes of several threads can share them. A pass is for one thread at a time.
 */
public final class HeadPass implements AutoCloseable {
    private final TransformerWeights model;
    private final Backend backend;
    private final Kernels kernels;
    private final Optional<FrozenLinear> frozenDense;
    private final SequenceUpdates updates;
    private final LayerUpdate denseUpdate;
    private final Buffer dense;
    private final Map<Integer, Buffer> scores = new HashMap<>();

    /** Creates a pass for heads that read the hidden states of a model, kept; it allocates memory when it is used. */
    public HeadPass(TransformerWeights model, Backend backend) {
        this.model = model;
        this.backend = backend;
        kernels = Kernels.standard(backend, model.dataType());
        dense = new Buffer(model.dataType(), model.model().width());
        updates = new SequenceUpdates(backend, model.dataType());
        Optional<Head.Dense> part = model.model().head().dense();
        frozenDense = part.flatMap(d -> model.linearLayer(d.linear().name()));
        denseUpdate = part.map(d -> updates.of(d.linear().name())).orElse(LayerUpdate.NONE);
    }

    /**
     * Computes class scores or the regression value. A sequence's result is bit-identical in this batch whatever heads
     * and updates the other sequences have.
     *
     * @param hidden the hidden states that heads read [sequences, width]
     * @param heads heads of this model, one per sequence; not modified
     * @param own the updates of the layers' products for each sequence; null for none
     * @return for each sequence as many values as its head has outputs
     * @throws IllegalArgumentException if the counts differ
     */
    public double[][] forward(INDArray hidden, List<SequenceHead> heads, List<@Nullable DenseUpdates> own) {
        Require.argument(
                hidden.size(0) == heads.size() && heads.size() == own.size(),
                "head pass: %d sequences, %d heads and %d updates",
                hidden.size(0),
                heads.size(),
                own.size());
        try (TransformerWeights.Use use = model.use()) {
            return outputs(frozenDense.isPresent() ? throughDense(hidden, own) : hidden, heads);
        }
    }

    private double[][] outputs(INDArray rows, List<SequenceHead> heads) {
        double[][] outputs = new double[heads.size()][];
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = score(Views.rows(rows, i, i + 1L), heads.get(i))[0];
        }
        return outputs;
    }

    private double[][] score(INDArray rows, SequenceHead head) {
        Buffer memory = scores.computeIfAbsent(head.outputs(), width -> new Buffer(model.dataType(), width));
        INDArray read = head.trainedDense().isPresent() ? throughTrained(rows, head) : rows;
        return HeadRun.score(read, memory, head, backend);
    }

    /**
     * Computes class scores of each token, for heads that read each token.
     *
     * @param hidden the hidden states of all their tokens [tokens, width]
     * @param heads heads of this model that read each token, one per sequence; not modified
     * @return for each sequence the values of its tokens, one token after the other
     */
    public double[][] forwardTokens(List<? extends ModelInput> sequences, INDArray hidden, List<SequenceHead> heads) {
        double[][] tokens = new double[(int) hidden.size(0)][];
        int from = 0;
        try (TransformerWeights.Use use = model.use()) {
            for (int i = 0; i < heads.size(); i++) {
                int length = sequences.get(i).length();
                double[][] rows = score(Views.rows(hidden, from, from + length), heads.get(i));
                System.arraycopy(rows, 0, tokens, from, length);
                from += length;
            }
        }
        return HeadObjective.bySequence(sequences, tokens);
    }

    private INDArray throughDense(INDArray hidden, List<@Nullable DenseUpdates> own) {
        updates.use(own);
        INDArray z = dense.rows(hidden.size(0));
        frozenDense.get().weight().multiply(backend, hidden, 0, z);
        denseUpdate.forward(IntStream.rangeClosed(0, own.size()).toArray(), hidden, z);
        kernels.activate(activation(), z, frozenDense.get().bias().orElse(null), z, false);
        return z;
    }

    private INDArray throughTrained(INDArray rows, SequenceHead head) {
        SequenceHead.Layer layer = head.trainedDense().orElseThrow();
        INDArray z = dense.rows(rows.size(0));
        backend.gemm(rows, false, layer.weight().value(), false, 1, 0, z);
        kernels.activate(
                head.part().dense().orElseThrow().activation(),
                z,
                layer.bias() == null ? null : layer.bias().value(),
                z,
                false);
        head.trainedNorm().ifPresent(norm -> kernels.addNormalize(z, null, null, null, norm.weights(), z, null, null));
        return z;
    }

    private Activation activation() {
        return model.model().head().dense().orElseThrow().activation();
    }

    @Override
    public void close() {
        dense.close();
        scores.values().forEach(Buffer::close);
        updates.close();
    }
}
