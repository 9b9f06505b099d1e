package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;

/** Device memory for one call, allocated like a stack; later calls get the same memory. */
public final class Arena implements AutoCloseable {
    private static final long ALIGNMENT = 256;

    private final Device device;
    private final List<Chunk> chunks = new ArrayList<>();
    /** The index of the current chunk; the chunks after it are free. */
    private int current;

    private long used;
    private long taken;
    private long most;

    private record Chunk(long address, long bytes) {}

    /** A level of the stack: the current chunk, the bytes used in it, and the bytes taken in total. */
    public record Mark(int chunk, long used, long taken) {}

    public Arena(Device device) {
        this.device = device;
    }

    /** Takes memory with undefined contents until {@link #clear} or {@link #release}. */
    public long take(long bytes) {
        long rounded = rounded(bytes);
        while (current < chunks.size() && used + rounded > chunks.get(current).bytes()) {
            current++;
            used = 0;
        }
        if (current == chunks.size()) {
            chunks.add(new Chunk(device.allocate(rounded), rounded));
        }
        long address = chunks.get(current).address() + used;
        used += rounded;
        taken += rounded;
        most = Math.max(most, taken);
        return address;
    }

    /** Takes memory for FLOAT numbers. */
    public long floats(int rows, int width) {
        return take((long) Float.BYTES * rows * width);
    }

    /** The number of bytes that {@link #take} takes for {@code bytes}. */
    public static long rounded(long bytes) {
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    /** The current level. */
    public Mark mark() {
        return new Mark(current, used, taken);
    }

    /** Releases everything taken since {@code mark}. */
    public void release(Mark mark) {
        current = mark.chunk();
        used = mark.used();
        taken = mark.taken();
    }

    /** Releases everything; joins several chunks to one, of the largest number of bytes that were taken at one time. */
    public void clear() {
        if (chunks.size() > 1) {
            reserve(most);
        }
        current = 0;
        used = 0;
        taken = 0;
    }

    /** Releases everything, and ensures that {@code bytes} can be taken without another allocation. */
    public void reserve(long bytes) {
        if (chunks.size() != 1 || bytes() < bytes) {
            close();
            chunks.add(new Chunk(device.allocate(bytes), bytes));
        }
        clear();
    }

    /** The largest number of bytes taken at one time, including padding. */
    public long most() {
        return most;
    }

    /** The number of bytes that the arena has allocated on the device. */
    public long bytes() {
        return chunks.stream().mapToLong(Chunk::bytes).sum();
    }

    @Override
    public void close() {
        chunks.forEach(chunk -> device.free(chunk.address()));
        chunks.clear();
        current = 0;
        used = 0;
        taken = 0;
    }
}
