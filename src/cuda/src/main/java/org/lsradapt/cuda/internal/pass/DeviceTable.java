package org.lsradapt.cuda.internal.pass;

import java.util.Optional;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The table of a vocabulary on a device: a layer from hidden states to logits. */
record DeviceTable(Arena weights, DeviceLayer layer) implements AutoCloseable {

    /** Uploads a table [width, tokens]; a bias [tokens] is added to the logits if there is one. */
    static DeviceTable upload(Engine engine, FrozenWeight table, Optional<INDArray> bias) {
        Arena weights = new Arena(engine.device);
        try (Arena loading = new Arena(engine.device)) {
            long at = bias.map(numbers -> engine.transfers.up(numbers, weights)).orElse(0L);
            return new DeviceTable(weights, DeviceLayer.upload(engine, table, at, false, weights, loading));
        } catch (RuntimeException e) {
            weights.close();
            throw e;
        }
    }

    static long bytes(Engine engine, long width, long tokens) {
        int operand = engine.precision.operands().bytes();
        long loading = operand == Float.BYTES ? 0 : Float.BYTES * width * tokens;
        return operand * width * tokens + loading;
    }

    @Override
    public void close() {
        weights.close();
    }
}
