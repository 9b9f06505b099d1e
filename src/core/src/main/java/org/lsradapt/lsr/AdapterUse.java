package org.lsradapt.lsr;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A kind's use of a layer, as far as the adapter's state lets it: not after closing, not on a merged weight. */
final class AdapterUse implements LayerUpdate {
    private final LayerAdapter adapter;
    private final LayerUpdate use;

    AdapterUse(LayerAdapter adapter, LayerUpdate use) {
        this.adapter = adapter;
        this.use = use;
    }

    @Override
    public boolean trains() {
        return true;
    }

    @Override
    public void forward(int[] rows, INDArray x, INDArray y) {
        adapter.guard().requireOpen("forward");
        if (!adapter.isMerged()) {
            use.forward(rows, x, y);
        }
    }

    @Override
    public void backward(INDArray x, INDArray gradOutput, @Nullable INDArray gradInput) {
        adapter.guard().requireOpen("backward");
        adapter.requireUnmerged();
        use.backward(x, gradOutput, gradInput);
    }

    @Override
    public void close() {
        use.close();
    }
}
