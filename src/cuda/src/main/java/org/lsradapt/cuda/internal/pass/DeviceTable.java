package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.lsr.FrozenWeight;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The table of a vocabulary on a device: a layer from hidden states to logits. */
final class DeviceTable implements AutoCloseable {
    private final Arena weights;
    private final DeviceWeights.Layer layer;

    /**
     * Uploads a table.
     *
     * @param table [width, tokens]
     * @param bias a number per token, added to its logit; empty for none
     */
    DeviceTable(Engine engine, FrozenWeight table, Optional<INDArray> bias) {
        weights = new Arena(engine.device);
        int width = table.inFeatures();
        int tokens = table.outFeatures();
        try (Arena loading = new Arena(engine.device)) {
            long at = bias.map(numbers -> engine.transfers.up(numbers, weights)).orElse(0L);
            layer = new DeviceWeights.Layer(
                    DeviceWeight.upload(engine, table, false, weights, loading), at, width, tokens);
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    /** The number of bytes that an upload needs. */
    static long bytes(Engine engine, long width, long tokens) {
        int operand = engine.precision.operands().bytes();
        long loading = operand == Float.BYTES ? 0 : Float.BYTES * width * tokens;
        return operand * width * tokens + loading;
    }

    DeviceWeights.Layer layer() {
        return layer;
    }

    @Override
    public void close() {
        weights.close();
    }
}
