package org.lsradapt.lsr.internal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A matrix whose number of rows varies from batch to batch: memory for the most rows that were ever asked for, and
 * views of it. Fresh memory is slow (each page of it faults once), so it is kept. It is {@linkplain AlignedMemory aligned}.
 */
public final class Buffer implements AutoCloseable {
    private static final int KEPT_VIEWS = 256;

    /** The step of {@link #roomFor}. */
    private static final int STEP = 16;

    private static final AtomicLong ALLOCATED = new AtomicLong();

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
    /** {@link #memory} and what lies before it. */
    private INDArray allocated;

    private INDArray memory;

    private record View(long rows, long from, long to) {}

    /**
     * A buffer without memory yet.
     *
     * @param type FLOAT or DOUBLE
     * @param width entries per row
     */
    public Buffer(DataType type, long width) {
        this(type, width, false);
    }

    private Buffer(DataType type, long width, boolean roomy) {
        this.type = type;
        this.width = width;
        this.roomy = roomy;
    }

    /** A buffer whose memory has {@link #roomFor} the most rows that were ever asked for. */
    public static Buffer withRoom(DataType type, long width) {
        return new Buffer(type, width, true);
    }

    /** How many rows memory with room for products of so many has: the next multiple of 16; below 16 no more. */
    public static long roomFor(long rows) {
        return rows < STEP ? rows : (rows + STEP - 1) / STEP * STEP;
    }

    /**
     * Whether a view is of this buffer's first rows and the buffer has room behind them: rows up to {@link #roomFor}
     * that nobody reads.
     */
    public boolean hasRoom(INDArray view) {
        return roomy
                && memory != null
                && view.data().address() == memory.data().address()
                && view.offset() - memory.offset() < width;
    }

    /** The bytes that all buffers of this process hold at the moment. */
    public static long allocatedBytes() {
        return ALLOCATED.get();
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

    /** The first {@code length} numbers as a vector. */
    public INDArray vector(long length) {
        reserve((length + width - 1) / width);
        return views.computeIfAbsent(new View(-1, 0, length), view -> Views.piece(memory, 0, length));
    }

    private void reserve(long rows) {
        if (memory != null && memory.size(0) >= rows) {
            return;
        }
        close();
        int room = AlignedMemory.BYTES / type.width();
        allocated = Nd4j.createUninitialized(type, rows * width + room);
        long behind = AlignedMemory.behind(allocated.data().address()) / type.width();
        memory = Views.piece(allocated, behind, rows, width);
        ALLOCATED.addAndGet(bytes());
    }

    @Override
    public void close() {
        views.clear();
        if (memory != null) {
            ALLOCATED.addAndGet(-bytes());
            allocated.close();
            memory = null;
        }
    }
}
