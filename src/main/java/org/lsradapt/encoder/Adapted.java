package org.lsradapt.encoder;

import org.lsradapt.lsr.LsrAdapter;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One adapter in an encoder with the arrays of its passes; does nothing where the layer is not adapted. */
final class Adapted implements AutoCloseable {
    private static final Adapted NONE = new Adapted(null, null, null);

    private final LsrAdapter adapter;
    private final Buffer hidden;
    private final Buffer gradHidden;

    private Adapted(LsrAdapter adapter, Buffer hidden, Buffer gradHidden) {
        this.adapter = adapter;
        this.hidden = hidden;
        this.gradHidden = gradHidden;
    }

    static Adapted of(LsrAdapter adapter, DataType type) {
        if (adapter == null) {
            return NONE;
        }
        int r = adapter.config().bottleneckRank();
        return new Adapted(adapter, new Buffer(type, r), new Buffer(type, r));
    }

    boolean present() {
        return adapter != null;
    }

    /** y ← y + c·x·A·B. */
    void forward(INDArray x, INDArray y) {
        if (adapter != null) {
            adapter.addForward(x, hidden.rows(x.size(0)), y);
        }
    }

    /** Collects the gradients of A and B, and adds that of x unless it is null. */
    void backward(INDArray x, INDArray gradOutput, INDArray gradInput) {
        if (adapter != null) {
            adapter.addBackward(x, hidden.rows(x.size(0)), gradOutput, gradHidden.rows(x.size(0)), gradInput);
        }
    }

    @Override
    public void close() {
        if (adapter != null) {
            hidden.close();
            gradHidden.close();
        }
    }
}
