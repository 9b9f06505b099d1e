package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Numbers that a form has for all its adapters, with their places among the bytes of the layers.
 *
 * @param extents the places, ascending and disjoint
 * @param numbers the bytes at these places; not modified
 */
@SuppressWarnings("ArrayRecordComponent")
record FixedNumbers(List<Extent> extents, byte[] numbers) {
    static final FixedNumbers NONE = new FixedNumbers(List.of(), new byte[0]);

    /** Bytes from one place to before another. */
    record Extent(int from, int to) {
        static Extent of(long[] range) {
            return new Extent((int) range[0], (int) range[1]);
        }

        int length() {
            return to - from;
        }
    }

    /** Takes the bytes of some places, which may be equal or adjacent, from those of the layers. */
    static FixedNumbers taken(List<Extent> places, byte[] layers) {
        List<Extent> merged = new ArrayList<>();
        places.stream().sorted(Comparator.comparingInt(Extent::from)).forEach(place -> {
            Extent last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
            if (last != null && place.from <= last.to) {
                merged.set(merged.size() - 1, new Extent(last.from, Math.max(last.to, place.to)));
            } else {
                merged.add(place);
            }
        });
        ByteBuffer taken =
                ByteBuffer.allocate(merged.stream().mapToInt(Extent::length).sum());
        merged.forEach(place -> taken.put(layers, place.from, place.length()));
        return new FixedNumbers(List.copyOf(merged), taken.array());
    }

    static FixedNumbers of(String location, ByteBuffer buffer) throws IOException {
        if (!buffer.hasRemaining()) {
            return NONE;
        }
        int count = buffer.remaining() < Integer.BYTES ? -1 : buffer.getInt();
        if (count < 1 || count > buffer.remaining() / (2 * Integer.BYTES)) {
            throw damaged(location);
        }
        List<Extent> extents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            extents.add(new Extent(buffer.getInt(), buffer.getInt()));
        }
        byte[] numbers = new byte[buffer.remaining()];
        buffer.get(numbers);
        return new FixedNumbers(List.copyOf(extents), numbers);
    }

    /** Throws unless the places are in order and within the bytes of the layers. */
    void requireWithin(String location, int length) throws IOException {
        int at = 0;
        long sum = 0;
        for (Extent extent : extents) {
            if (extent.from < at || extent.to <= extent.from || extent.to > length) {
                throw damaged(location);
            }
            at = extent.to;
            sum += extent.length();
        }
        if (sum != numbers.length) {
            throw damaged(location);
        }
    }

    private static IOException damaged(String location) {
        return new IOException(location + ": damaged, the places of its fixed numbers do not match their number");
    }

    /** The places and numbers as bytes; none if there are no numbers. */
    byte[] bytes() {
        ByteBuffer buffer = ByteBuffer.allocate(length());
        if (!extents.isEmpty()) {
            buffer.putInt(extents.size());
            extents.forEach(extent -> buffer.putInt(extent.from).putInt(extent.to));
            buffer.put(numbers);
        }
        return buffer.array();
    }

    int length() {
        return extents.isEmpty() ? 0 : Integer.BYTES * (1 + 2 * extents.size()) + numbers.length;
    }

    int count() {
        return numbers.length;
    }

    /** The place among the other bytes; -1 for one of these. */
    int ownPlace(int place) {
        int before = 0;
        for (Extent extent : extents) {
            if (place >= extent.from && place < extent.to) {
                return -1;
            }
            before += extent.to <= place ? extent.length() : 0;
        }
        return place - before;
    }

    /** The bytes of the layers, from those at other places. */
    byte[] joined(byte[] others) {
        if (extents.isEmpty()) {
            return others;
        }
        ByteBuffer all = ByteBuffer.allocate(others.length + numbers.length);
        int other = 0;
        int own = 0;
        for (Extent extent : extents) {
            int gap = extent.from - all.position();
            all.put(others, other, gap).put(numbers, own, extent.length());
            other += gap;
            own += extent.length();
        }
        return all.put(others, other, others.length - other).array();
    }

    /** The bytes at other places, from those of the layers. */
    byte[] left(byte[] layers) {
        ByteBuffer others = ByteBuffer.allocate(layers.length - numbers.length);
        int at = 0;
        for (Extent extent : extents) {
            others.put(layers, at, extent.from - at);
            at = extent.to;
        }
        return others.put(layers, at, layers.length - at).array();
    }
}
