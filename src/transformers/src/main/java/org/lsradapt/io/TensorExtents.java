package org.lsradapt.io;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** Checks that a file's tensors lie in its data, one after another with no larger gaps than the alignment needs. */
final class TensorExtents {

    interface Extent {
        /** The first byte, counted from the start of the data. */
        long begin();

        /** The byte after the last. */
        long end();

        default boolean hasEnd() {
            return true;
        }
    }

    private TensorExtents() {}

    /** Describes a tensor in messages, with the file and the offsets. */
    static String place(String location, String name, Extent extent) {
        return location + ": tensor '" + name + "' at [" + extent.begin() + ", " + extent.end() + ")";
    }

    /** Returns the next position that is a multiple of the alignment. */
    static long aligned(long position, int alignment) {
        return (position + alignment - 1) / alignment * alignment;
    }

    static void requireInside(String place, Extent extent, long dataLength) throws IOException {
        if (extent.end() > dataLength) {
            throw new IOException(place + " runs past the data, which is " + Math.max(0, dataLength) + " bytes long");
        }
    }

    static <T extends Extent> void check(String location, Map<String, T> tensors, int alignment, long dataLength)
            throws IOException {
        for (Map.Entry<String, T> named : tensors.entrySet()) {
            requireInside(place(location, named.getKey(), named.getValue()), named.getValue(), dataLength);
        }
        List<Map.Entry<String, T>> inOrder = new ArrayList<>(tensors.entrySet());
        inOrder.sort(
                Comparator.<Map.Entry<String, T>>comparingLong(e -> e.getValue().begin())
                        .thenComparingLong(e -> e.getValue().end()));
        long reached = 0;
        boolean known = true;
        String previous = "the start of the data";
        for (Map.Entry<String, T> named : inOrder) {
            T extent = named.getValue();
            boolean overlaps = extent.begin() < reached;
            if (overlaps || (known && extent.begin() > aligned(reached, alignment))) {
                throw new IOException(place(location, named.getKey(), extent)
                        + (overlaps ? " overlaps " : " leaves a hole after ") + previous + ", which ends at "
                        + reached);
            }
            reached = extent.end();
            known = extent.hasEnd();
            previous = "tensor '" + named.getKey() + "'";
        }
        if (known && dataLength > aligned(reached, alignment)) {
            throw new IOException(
                    location + ": the tensors end at " + reached + ", but the data is " + dataLength + " bytes long");
        }
    }
}
