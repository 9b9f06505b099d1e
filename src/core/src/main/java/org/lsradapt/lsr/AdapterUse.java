package org.lsradapt.lsr;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Guards a kind's use of a layer: no pass after closing, no update and no gradients on a merged weight. */
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
