package org.lsradapt.cuda.interpreter;

import java.util.Map;
import java.util.TreeMap;

/** The global memory of a device that is none. */
final class Memory {
    private static final long FIRST = 0x7F00_0000_0000L;

    private final TreeMap<Long, Space> allocations = new TreeMap<>();
    /** Whether sums of matrix instructions, and operands of products in TF32, are truncated. */
    final boolean truncates;

    private final long capacity;
    private long next = FIRST;
    private long used;
    private Space last = new Space("nothing", 0, 0);

    Memory(long capacity, boolean truncates) {
        this.truncates = truncates;
        this.capacity = capacity;
    }

    long free() {
        return capacity - used;
    }

    long allocate(long bytes) {
        Space space = new Space("an allocation of " + bytes + " bytes", next, Math.toIntExact(bytes));
        allocations.put(space.base, space);
        used += bytes;
        // At least 256 bytes that belong to none.
        next += (bytes + 511) / 256 * 256;
        return space.base;
    }

    void free(long address) {
        Space space = allocations.remove(address);
        if (space == null) {
            throw new DeviceFault("frees 0x" + Long.toHexString(address) + ", which is not an allocation");
        }
        used -= space.bytes.length;
        last = new Space("nothing", 0, 0);
    }

    int allocations() {
        return allocations.size();
    }

    Space at(long address) {
        if (!last.contains(address)) {
            Map.Entry<Long, Space> below = allocations.floorEntry(address);
            if (below == null || address - below.getKey() >= below.getValue().bytes.length + 256L) {
                throw new DeviceFault("touches 0x" + Long.toHexString(address) + ", which belongs to no allocation");
            }
            last = below.getValue();
        }
        return last;
    }
}
