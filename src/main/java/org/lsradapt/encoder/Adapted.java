package org.lsradapt.encoder;

import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseGradients;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.backend.Buffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One adapter in an encoder with the arrays of its passes; does nothing where the layer is not adapted. */
final class Adapted implements LayerUpdate {
    private static final Adapted NONE = new Adapted(null, null, null, null, null);

    private final LsrAdapter adapter;
    private final Buffer hidden;
    private final Buffer gradHidden;
    private final INDArray gradDenseA;
    private final INDArray gradDenseB;

    private Adapted(
            LsrAdapter adapter, Buffer hidden, Buffer gradHidden, INDArray gradDenseA, INDArray gradDenseB) {
        this.adapter = adapter;
        this.hidden = hidden;
        this.gradHidden = gradHidden;
        this.gradDenseA = gradDenseA;
        this.gradDenseB = gradDenseB;
    }

    /**
     * The adapter of a layer, if it has one.
     *
     * @param adapters the model's adapters, or null
     * @param name the layer's full name
     * @param lane which of the set's {@link AdapterSet#denseGradients} collects the gradients
     */
    static Adapted of(AdapterSet adapters, String name, int lane) {
        LsrAdapter adapter = adapters == null ? null : adapters.find(name);
        if (adapter == null) {
            return NONE;
        }
        DataType type = adapter.layer().weight().dataType();
        int r = adapter.config().bottleneckRank();
        DenseGradients gradients = adapters.denseGradients(lane);
        return new Adapted(
                adapter, new Buffer(type, r), new Buffer(type, r), gradients.a(adapter), gradients.b(adapter));
    }

    @Override
    public boolean trains() {
        return adapter != null;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        if (adapter != null) {
            adapter.addForward(x, hidden.rows(x.size(0)), y);
        }
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, INDArray gradInput) {
        if (adapter != null) {
            adapter.addBackward(
                    x,
                    hidden.rows(x.size(0)),
                    gradOutput,
                    gradHidden.rows(x.size(0)),
                    gradInput,
                    gradDenseA,
                    gradDenseB);
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
