package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Memory;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The memory of one thread's computation through a model. For each array, a part says whether its backward pass needs
 * it. If so, the part has the array to itself; otherwise the array is scratch, which all parts share under one name and
 * use in turn.
 *
 * <p>With checkpointing, everything that layers keep is scratch too: a layer fills it again before its backward pass,
 * and the forward pass keeps only the layers' inputs.
 *
 * <p>All arrays have room after their rows; see {@link Memory#bufferWithRoom}.
 */
final class MemoryPlan implements AutoCloseable {
    private final Memory memory;
    private final DataType type;
    private final boolean checkpointing;
    private final Map<String, Buffer> scratch = new HashMap<>();
    private final List<Buffer> all = new ArrayList<>();

    /** Creates a plan without arrays, for FLOAT or DOUBLE. */
    MemoryPlan(Memory memory, DataType type, boolean checkpointing) {
        this.memory = memory;
        this.type = type;
        this.checkpointing = checkpointing;
    }

    /** Whether the backward pass computes each layer again. */
    boolean isCheckpointing() {
        return checkpointing;
    }

    /** Returns memory that only the caller uses. */
    Buffer keep(long width) {
        return array(type, width);
    }

    private Buffer array(DataType of, long width) {
        Buffer buffer = memory.bufferWithRoom(of, width);
        all.add(buffer);
        return buffer;
    }

    /** Returns memory that all callers with this name and width share. */
    Buffer scratch(String name, long width) {
        return scratch.computeIfAbsent(name + " " + width, key -> array(type, width));
    }

    /** Returns scratch memory like {@link #scratch}, in BFLOAT16. */
    Buffer roundedScratch(String name, long width) {
        return scratch.computeIfAbsent(name + " in BF16 " + width, key -> array(DataType.BFLOAT16, width));
    }

    /** Returns memory that a layer keeps for its backward pass, or scratch; with checkpointing always scratch. */
    Buffer buffer(String name, long width, boolean keeps) {
        return keeps && !checkpointing ? keep(width) : scratch(name, width);
    }

    /** Whether an array belongs to the plan; all its arrays have room. */
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
