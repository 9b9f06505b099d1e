package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;

/**
 * Device memory for the length of one call, taken as from a stack. The next call takes the same memory, so that equal calls
 * allocate once.
 */
public final class Arena implements AutoCloseable {
    private static final long ALIGNMENT = 256;

    private final Device device;
    private final List<Chunk> chunks = new ArrayList<>();
    /** The chunk that is taken from; those behind it are free. */
    private int current;

    private long used;
    private long taken;
    private long most;

    private record Chunk(long address, long bytes) {}

    /**
     * How much was taken.
     *
     * @param chunk which chunk was taken from
     * @param used bytes of it
     * @param taken bytes that were taken in all
     */
    public record Mark(int chunk, long used, long taken) {}

    public Arena(Device device) {
        this.device = device;
    }

    /**
     * Takes memory, until {@link #clear} or {@link #release}.
     *
     * @param bytes any number
     * @return its address, of undefined contents
     * @throws CudaFailure if the device has too little
     */
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

    /** The bytes that {@link #take} takes for so many. */
    public static long rounded(long bytes) {
        return Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    }

    /** How much is taken now. */
    public Mark mark() {
        return new Mark(current, used, taken);
    }

    /** Takes everything back that was taken since. */
    public void release(Mark mark) {
        current = mark.chunk();
        used = mark.used();
        taken = mark.taken();
    }

    /** Takes everything back; several chunks become one, of the most bytes that were taken at one time. */
    public void clear() {
        if (chunks.size() > 1) {
            reserve(most);
        }
        current = 0;
        used = 0;
        taken = 0;
    }

    /** Takes everything back and sees to it that so many bytes can be taken without another allocation. */
    public void reserve(long bytes) {
        if (chunks.size() != 1 || bytes() < bytes) {
            close();
            chunks.add(new Chunk(device.allocate(bytes), bytes));
        }
        clear();
    }

    /** The most bytes that were taken at one time, those between them included. */
    public long most() {
        return most;
    }

    /** Bytes that it holds of the device. */
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
