package org.lsradapt.cuda.internal;

import java.util.ArrayList;
import java.util.List;

/** Device memory for the length of one call. What a call needed is there for the next, so that equal calls allocate once. */
public final class Arena implements AutoCloseable {
    private static final long ALIGNMENT = 256;

    private final Device device;
    private final List<Chunk> chunks = new ArrayList<>();
    private long used;

    private record Chunk(long address, long bytes) {}

    public Arena(Device device) {
        this.device = device;
    }

    /**
     * Takes memory, until {@link #clear}.
     *
     * @param bytes any number
     * @return its address, of undefined contents
     * @throws CudaFailure if the device has too little
     */
    public long take(long bytes) {
        long rounded = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Chunk last = chunks.isEmpty() ? null : chunks.get(chunks.size() - 1);
        if (last == null || used + rounded > last.bytes()) {
            last = new Chunk(device.allocate(rounded), rounded);
            chunks.add(last);
            used = 0;
        }
        long address = last.address() + used;
        used += rounded;
        return address;
    }

    /** Takes everything back; chunks become one. */
    public void clear() {
        used = 0;
        if (chunks.size() > 1) {
            long total = chunks.stream().mapToLong(Chunk::bytes).sum();
            close();
            chunks.add(new Chunk(device.allocate(total), total));
        }
    }

    @Override
    public void close() {
        chunks.forEach(chunk -> device.free(chunk.address()));
        chunks.clear();
        used = 0;
    }
}
