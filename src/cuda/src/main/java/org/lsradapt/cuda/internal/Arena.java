package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;

/**
 * Device memory for the length of one call, taken as from a stack. What a call needed is there for the next, so that equal
 * calls allocate once.
 */
public final class Arena implements AutoCloseable {
    private static final long ALIGNMENT = 256;

    private final Device device;
    private final List<Chunk> chunks = new ArrayList<>();
    /** The chunk that is taken from; those behind it are free. */
    private int current;

    private long used;

    private record Chunk(long address, long bytes) {}

    /**
     * How much was taken.
     *
     * @param chunk which chunk was taken from
     * @param used bytes of it
     */
    public record Mark(int chunk, long used) {}

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
        long rounded = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        while (current < chunks.size() && used + rounded > chunks.get(current).bytes()) {
            current++;
            used = 0;
        }
        if (current == chunks.size()) {
            chunks.add(new Chunk(device.allocate(rounded), rounded));
        }
        long address = chunks.get(current).address() + used;
        used += rounded;
        return address;
    }

    /** How much is taken now. */
    public Mark mark() {
        return new Mark(current, used);
    }

    /** Takes everything back that was taken since. */
    public void release(Mark mark) {
        current = mark.chunk();
        used = mark.used();
    }

    /** Takes everything back; chunks become one. */
    public void clear() {
        if (chunks.size() > 1) {
            long total = chunks.stream().mapToLong(Chunk::bytes).sum();
            close();
            chunks.add(new Chunk(device.allocate(total), total));
        }
        current = 0;
        used = 0;
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
    }
}
