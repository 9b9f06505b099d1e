package org.lsradapt.encoder;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.backend.Buffer;
import org.lsradapt.lsr.backend.Views;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Applies heads to a batch in which each sequence has a head of its own, in memory that it keeps. Heads are only read, so
 * that passes of several threads can share them; a pass is for one thread at a time.
 */
public final class HeadPass implements AutoCloseable {
    private final EncoderWeights encoder;
    private final Buffer pooled;
    private final Map<Integer, Buffer> scores = new HashMap<>();

    /**
     * A pass without memory yet.
     *
     * @param encoder the encoder whose features the heads read
     */
    public HeadPass(EncoderWeights encoder) {
        this.encoder = encoder;
        pooled = new Buffer(encoder.dataType(), encoder.config().hidden());
    }

    /**
     * Class scores, or the regression value. A sequence's result is to the bit the one that it has in this batch whatever
     * heads the other sequences have.
     *
     * @param firstHidden hidden states of the first tokens [sequences, hidden]
     * @param heads heads of this encoder, one per sequence; not modified
     * @return per sequence as many numbers as its head has outputs
     * @throws IllegalArgumentException if numbers differ
     */
    public double[][] forward(INDArray firstHidden, List<SequenceHead> heads) {
        Require.argument(
                firstHidden.size(0) == heads.size(),
                "head pass: %d sequences and %d heads",
                firstHidden.size(0),
                heads.size());
        boolean shared = heads.get(0).poolsFrozen();
        INDArray rows = shared ? heads.get(0).pool(firstHidden, pooled) : firstHidden;
        double[][] outputs = new double[heads.size()][];
        for (int i = 0; i < outputs.length; i++) {
            SequenceHead head = heads.get(i);
            INDArray row = Views.rows(rows, i, i + 1);
            INDArray dense = shared ? row : head.pool(row, pooled);
            Buffer memory =
                    scores.computeIfAbsent(head.outputs(), width -> new Buffer(encoder.dataType(), width));
            outputs[i] = head.score(dense, memory)[0];
        }
        return outputs;
    }

    @Override
    public void close() {
        pooled.close();
        scores.values().forEach(Buffer::close);
    }
}
