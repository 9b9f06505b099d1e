package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.transformer.PassMemory.Pass;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Block;
import org.nd4j.linalg.api.ndarray.INDArray;

/** One thread's computation of its share of each batch, in memory that it keeps. */
final class Lane implements AutoCloseable {
    private final InputEmbeddings input;
    private final Optional<NormRun> finalNorm;
    private final Optional<PoolingRun> pooling;
    private final MemoryPlan plan;
    private final Buffer normalized;
    private final Buffer gradient;
    private final List<BlockRun> blocks = new ArrayList<>();
    private final INDArray[] inputs;
    private final int lowestAdapted;

    /**
     * Plans a lane.
     *
     * @param lowestAdapted index of the first layer with an adapter; the number of layers if there is none
     * @param kind whether {@link #backward} will be called, and whether it computes each layer again
     */
    Lane(
            TransformerWeights weights,
            Function<String, LayerUpdate> updates,
            int lowestAdapted,
            Arithmetic arithmetic,
            Pass kind) {
        this.lowestAdapted = lowestAdapted;
        boolean trains = kind != Pass.INFERENCE;
        Kernels kernels = arithmetic.kernels();
        plan = new MemoryPlan(arithmetic.memory(), weights.dataType(), kind == Pass.CHECKPOINTED);
        LaneTools tools = new LaneTools(weights, updates, arithmetic.backend().withRoom(plan::hasRoom), kernels, plan);
        int width = weights.model().width();
        input = new InputEmbeddings(tools);
        normalized = plan.scratch("normalized output", width);
        gradient = plan.scratch("gradient of output", width);
        boolean adapted = trains && lowestAdapted < weights.model().blocks().size();
        finalNorm = weights.norm(weights.model().finalNorm())
                .map(norm -> new NormRun("final", norm, kernels, plan, adapted));
        int count = weights.model().blocks().size();
        inputs = new INDArray[count + 1];
        for (int i = 0; i < count; i++) {
            boolean last = i == count - 1 && weights.model().pooling().isEmpty();
            boolean layerTrains = trains && i >= lowestAdapted;
            blocks.add(new BlockRun(i, tools, last, layerTrains, keepsOutput(weights, i, layerTrains)));
        }
        pooling = weights.model().pooling().map(part -> new PoolingRun(part, tools, trains));
    }

    /**
     * Whether the backward pass reads a layer's output again. With checkpointing the next layer reads it; without, that
     * layer's adapters do, unless a normalization precedes them.
     */
    private boolean keepsOutput(TransformerWeights weights, int layer, boolean layerTrains) {
        if (plan.isCheckpointing()) {
            return layer + 1 >= lowestAdapted
                    && layer + 1 < weights.model().blocks().size();
        }
        List<Block> all = weights.model().blocks();
        int reader = Math.min(layer + 1, all.size() - 1);
        return layerTrains && all.get(reader).beforeAttention().isEmpty();
    }

    /** Computes hidden states [wanted rows, width], valid until the next call; without caches, sequences are whole. */
    INDArray forward(TokenBatch batch, List<KeyValueCache> caches) {
        inputs[0] = input.forward(batch);
        for (int i = 0; i < blocks.size(); i++) {
            inputs[i + 1] = blocks.get(i).forward(batch, inputs[i], caches);
        }
        INDArray last = inputs[blocks.size()];
        INDArray out = last;
        if (finalNorm.isPresent()) {
            out = normalized.rows(last.size(0));
            finalNorm.get().forward(last, null, null, null, out);
        }
        return pooling.isPresent() ? pooling.get().forward(batch, out) : out;
    }

    /** Returns memory for the gradient that {@link #backward} takes, [rows, width]. */
    INDArray gradient(int rows) {
        return gradient.rows(rows);
    }

    /** Collects the adapters' gradients of the last {@link #forward}; overwrites {@code gradient}. */
    void backward(TokenBatch batch, INDArray gradient) {
        boolean wanted = lowestAdapted < blocks.size();
        INDArray read = pooling.isPresent() ? pooling.get().backward(batch, gradient, wanted) : gradient;
        INDArray grad = read;
        if (wanted) {
            finalNorm.ifPresent(norm -> norm.backward(read, null, read));
        }
        for (int i = blocks.size() - 1; i >= lowestAdapted; i--) {
            // The last layer's memory is intact unless the pooling overwrote it.
            if (plan.isCheckpointing() && (i < blocks.size() - 1 || pooling.isPresent())) {
                blocks.get(i).recompute(batch, inputs[i]);
            }
            grad = blocks.get(i).backward(batch, inputs[i], grad, i > lowestAdapted);
        }
    }

    @Override
    public void close() {
        blocks.forEach(BlockRun::close);
        pooling.ifPresent(PoolingRun::close);
        plan.close();
    }
}
