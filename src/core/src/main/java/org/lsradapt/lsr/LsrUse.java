package org.lsradapt.lsr;

import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One use of a layer with an LSR adapter in a model, with the arrays of its passes. */
final class LsrUse implements LayerUpdate {
    private final LsrAdapter adapter;
    private final Buffer hidden;
    private final Buffer gradHidden;
    private final INDArray gradDenseA;
    private final INDArray gradDenseB;

    LsrUse(LsrAdapter adapter, DenseGradients gradients) {
        this.adapter = adapter;
        DataType type = adapter.layer().weight().dataType();
        int r = adapter.config().bottleneckRank();
        hidden = new Buffer(type, r);
        gradHidden = new Buffer(type, r);
        gradDenseA = gradients.a(adapter);
        gradDenseB = gradients.b(adapter);
    }

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        adapter.addForward(x, hidden.rows(x.size(0)), y);
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        long rows = x.size(0);
        adapter.addBackward(x, hidden.rows(rows), gradOutput, gradHidden.rows(rows), gradInput, gradDenseA, gradDenseB);
    }

    @Override
    public void close() {
        hidden.close();
        gradHidden.close();
    }
}
