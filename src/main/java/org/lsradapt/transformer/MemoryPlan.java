package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.internal.Buffer;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The memory of one thread's way through a model. A part says of each array whether it keeps it for its backward pass:
 * then the array is the part's own; else it is scratch, which all parts share under one name and use in turn.
 */
final class MemoryPlan implements AutoCloseable {
    private final DataType type;
    private final Map<String, Buffer> scratch = new HashMap<>();
    private final List<Buffer> kept = new ArrayList<>();

    MemoryPlan(DataType type) {
        this.type = type;
    }

    /** Memory of the caller's own. */
    Buffer keep(long width) {
        Buffer buffer = new Buffer(type, width);
        kept.add(buffer);
        return buffer;
    }

    /** Memory that all who give this name share; the widths must agree. */
    Buffer scratch(String name, long width) {
        return scratch.computeIfAbsent(name + " " + width, key -> new Buffer(type, width));
    }

    /** The one or the other. */
    Buffer buffer(String name, long width, boolean keeps) {
        return keeps ? keep(width) : scratch(name, width);
    }

    @Override
    public void close() {
        kept.forEach(Buffer::close);
        scratch.values().forEach(Buffer::close);
    }
}
