package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory of one thread's way through a model. A part says of each array whether it keeps it for its backward pass:
 * then the array is the part's own; else it is scratch, which all parts share under one name and use in turn.
 *
 * <p>With checkpointing all that layers keep is scratch too: a layer fills it again before its backward pass, and only
 * the layers' inputs are kept from the forward pass.
 *
 * <p>All arrays have room behind their rows; see {@link Buffer#withRoom}.
 */
final class MemoryPlan implements AutoCloseable {
    private final DataType type;
    private final boolean checkpointing;
    private final Map<String, Buffer> scratch = new HashMap<>();
    private final List<Buffer> all = new ArrayList<>();

    /**
     * A plan without arrays yet.
     *
     * @param type FLOAT or DOUBLE
     * @param checkpointing whether layers compute again what they need in the backward pass
     */
    MemoryPlan(DataType type, boolean checkpointing) {
        this.type = type;
        this.checkpointing = checkpointing;
    }

    /** Whether layers compute again what they need in the backward pass. */
    boolean isCheckpointing() {
        return checkpointing;
    }

    /** Memory of the caller's own. */
    Buffer keep(long width) {
        return array(type, width);
    }

    private Buffer array(DataType of, long width) {
        Buffer buffer = Buffer.withRoom(of, width);
        all.add(buffer);
        return buffer;
    }

    /** Memory that all who give this name share; the widths must agree. */
    Buffer scratch(String name, long width) {
        return scratch.computeIfAbsent(name + " " + width, key -> array(type, width));
    }

    /** As {@link #scratch} in BFLOAT16. */
    Buffer roundedScratch(String name, long width) {
        return scratch.computeIfAbsent(name + " in BF16 " + width, key -> array(DataType.BFLOAT16, width));
    }

    /** Memory that a layer keeps for its backward pass, or scratch; with checkpointing always scratch. */
    Buffer buffer(String name, long width, boolean keeps) {
        return keeps && !checkpointing ? keep(width) : scratch(name, width);
    }

    /** Whether an array is one of the plan's, all of which have room. */
    boolean hasRoom(INDArray array) {
        for (Buffer buffer : all) {
            if (buffer.hasRoom(array)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public void close() {
        all.forEach(Buffer::close);
    }
}
