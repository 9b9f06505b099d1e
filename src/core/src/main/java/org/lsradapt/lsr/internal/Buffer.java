package org.lsradapt.lsr.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A matrix whose number of rows varies from batch to batch: memory for the largest number of rows so far, and views of
 * it. The memory is kept, since fresh memory is slow (each of its pages faults once). It is
 * {@linkplain AlignedMemory aligned}.
 */
public final class Buffer implements AutoCloseable {
    private static final int KEPT_VIEWS = 256;

    private static final int STEP = 16;

    private final Memory source;
    private final DataType type;
    private final long width;
    private final boolean roomy;
    private final Map<View, INDArray> views = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<View, INDArray> eldest) {
            return size() > KEPT_VIEWS;
        }
    };
    /** The owning array; {@link #memory} is its aligned part. */
    private INDArray allocated;

    private INDArray memory;

    private record View(long rows, long from, long to) {}

    /** Makes a buffer without memory; a row has {@code width} elements. */
    public Buffer(DataType type, long width) {
        this(Memory.NATIVE, type, width, false);
    }

    Buffer(Memory source, DataType type, long width, boolean roomy) {
        this.source = source;
        this.type = type;
        this.width = width;
        this.roomy = roomy;
    }

    /** The rows of memory with room for products of {@code rows} rows: the next multiple of 16, or the same number below 16. */
    public static long roomFor(long rows) {
        return rows < STEP ? rows : (rows + STEP - 1) / STEP * STEP;
    }

    /** Whether a view has this buffer's first rows, with unused ones after them up to {@link #roomFor}. */
    public boolean hasRoom(INDArray view) {
        return roomy
                && memory != null
                && view.data().address() == memory.data().address()
                && view.offset() - memory.offset() < width;
    }

    /** The bytes that all buffers of this process hold now. */
    public static long allocatedBytes() {
        return Memory.NATIVE.bytes();
    }

    private long bytes() {
        return memory == null ? 0 : memory.length() * memory.dataType().width();
    }

    /** A view of the first {@code rows} rows. */
    public INDArray rows(long rows) {
        return block(rows, 0, width);
    }

    /** A view of columns {@code from} to {@code to} of the first {@code rows} rows. */
    public INDArray block(long rows, long from, long to) {
        reserve(roomy ? roomFor(rows) : rows);
        return views.computeIfAbsent(new View(rows, from, to), view -> Views.block(memory, 0, rows, from, to));
    }

    /** The first {@code length} elements as a vector. */
    public INDArray vector(long length) {
        reserve((length + width - 1) / width);
        return views.computeIfAbsent(new View(-1, 0, length), view -> Views.piece(memory, 0, length));
    }

    private void reserve(long rows) {
        if (memory != null && memory.size(0) >= rows) {
            return;
        }
        close();
        allocated = source.allocate(type, rows * width);
        memory = source.matrix(allocated, rows, width);
        source.add(bytes());
    }

    @Override
    public void close() {
        views.clear();
        if (memory != null) {
            source.add(-bytes());
            allocated.close();
            memory = null;
        }
    }
}
