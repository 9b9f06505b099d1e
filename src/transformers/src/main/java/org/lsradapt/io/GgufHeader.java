package org.lsradapt.io;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.internal.ArrayBytes;
import org.lsradapt.io.internal.GgmlType;

/**
 * The header of a GGUF file, parsed and checked against the length of the data that follows it.
 *
 * @param places the places of the metadata's values in the file, each including its type, by key; unmodifiable
 */
record GgufHeader(GgufMetadata metadata, Map<String, Place> places, Map<String, Entry> tensors, long dataStart) {

    static final long MAGIC = 0x4655_4747;
    static final String ALIGNMENT = "general.alignment";
    static final int DEFAULT_ALIGNMENT = 32;
    private static final int MAX_DIMENSIONS = 4;

    /** Bytes of the shortest key and value: a length, a type, one byte. */
    private static final int LEAST_KEY_BYTES = 13;

    /** Bytes of a tensor's shortest entry: a length, a number of dimensions, a type, an offset. */
    private static final int LEAST_TENSOR_BYTES = 24;

    record Place(long begin, long end) {}

    /**
     * One tensor.
     *
     * @param type empty for a type of unknown size
     * @param typeNumber the type's number in the file
     * @param shape the row length last
     * @param begin first byte, counted from the start of the data
     * @param end byte after the last; {@code begin} for a type of unknown size
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Entry(Optional<GgmlType> type, long typeNumber, long[] shape, long begin, long end)
            implements TensorExtents.Extent {
        @Override
        public boolean hasEnd() {
            return type.isPresent();
        }

        String typeName() {
            return type.map(Enum::name).orElse("number " + typeNumber);
        }
    }

    static GgufHeader read(GgufInput in, String location, long size) throws IOException {
        in.begin("the header");
        checkVersion(in);
        long tensorCount = in.word();
        long keyCount = in.word();
        in.count(tensorCount, LEAST_TENSOR_BYTES, "tensors");
        in.count(keyCount, LEAST_KEY_BYTES, "metadata keys");
        Map<String, Place> places = new LinkedHashMap<>();
        GgufMetadata metadata = new GgufMetadata(location, keys(in, keyCount, places));
        int alignment = alignment(metadata);
        Map<String, Entry> tensors = new LinkedHashMap<>();
        for (long i = 0; i < tensorCount; i++) {
            in.begin("tensor number " + i);
            String name = in.text();
            in.rename("tensor '" + name + "'");
            if (tensors.put(name, tensor(in, alignment)) != null) {
                throw in.failure("the header has this name twice");
            }
        }
        long dataStart = TensorExtents.aligned(in.position(), alignment);
        TensorExtents.check(location, tensors, alignment, size - dataStart);
        return new GgufHeader(
                metadata, Collections.unmodifiableMap(places), Collections.unmodifiableMap(tensors), dataStart);
    }

    private static void checkVersion(GgufInput in) throws IOException {
        long magic = in.u32();
        if (magic != MAGIC) {
            throw in.failure("it begins with " + String.format(Locale.ROOT, "%08x", Integer.reverseBytes((int) magic))
                    + ", expected 47475546 (\"GGUF\"); this is not a GGUF file, or a damaged one");
        }
        long version = in.u32();
        if (version > 0 && (version & 0xffff) == 0) {
            throw in.failure("version " + Integer.reverseBytes((int) version)
                    + " in big-endian byte order, expected little-endian");
        }
        if (version < 2 || version > 3) {
            throw in.failure("GGUF version " + version + ", expected 2 or 3");
        }
    }

    private static Map<String, Object> keys(GgufInput in, long count, Map<String, Place> places) throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        for (long i = 0; i < count; i++) {
            in.begin("metadata key number " + i);
            String key = in.text();
            in.rename("metadata key '" + key + "'");
            long begin = in.position();
            if (values.put(key, GgufValue.read(in)) != null) {
                throw in.failure("the header has this key twice");
            }
            places.put(key, new Place(begin, in.position()));
        }
        return values;
    }

    private static int alignment(GgufMetadata metadata) throws IOException {
        int alignment = metadata.integer(ALIGNMENT, DEFAULT_ALIGNMENT);
        if (alignment < 8 || Integer.bitCount(alignment) != 1) {
            throw metadata.failure(ALIGNMENT, "found " + alignment + ", expected a power of two from 8 on");
        }
        return alignment;
    }

    private static Entry tensor(GgufInput in, int alignment) throws IOException {
        long dimensions = in.u32();
        if (dimensions > MAX_DIMENSIONS) {
            throw in.failure(dimensions + " dimensions, expected at most " + MAX_DIMENSIONS);
        }
        long[] shape = new long[(int) dimensions];
        for (int i = shape.length - 1; i >= 0; i--) {
            shape[i] = in.word();
            if (shape[i] < 0) {
                throw in.failure("a dimension of " + Long.toUnsignedString(shape[i])
                        + ", expected whole numbers up to 2^63 - 1");
            }
        }
        long typeNumber = in.u32();
        long begin = in.word();
        if (begin < 0 || begin % alignment != 0) {
            throw in.failure(
                    "offset " + Long.toUnsignedString(begin) + ", expected a multiple of the alignment " + alignment);
        }
        Optional<GgmlType> type = GgmlType.of(typeNumber);
        long end = begin + (type.isPresent() ? length(in, type.get(), shape) : 0);
        if (end < begin) {
            throw in.failure("offset " + begin + " and a length of " + (end - begin) + " are too large");
        }
        return new Entry(type, typeNumber, shape, begin, end);
    }

    private static long length(GgufInput in, GgmlType type, long[] shape) throws IOException {
        long row = shape.length == 0 ? 1 : shape[shape.length - 1];
        if (row % type.blockLength() != 0) {
            throw in.failure("rows of " + row + " numbers, " + type + " needs a multiple of " + type.blockLength());
        }
        try {
            return Math.multiplyExact(ArrayBytes.elements(shape) / type.blockLength(), type.blockBytes());
        } catch (ArithmeticException e) {
            IOException failure =
                    in.failure("shape " + Arrays.toString(shape) + " of " + type + ", which is too large");
            failure.initCause(e);
            throw failure;
        }
    }
}
