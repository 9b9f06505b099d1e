package org.lsradapt.io;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * The types of GGUF metadata, in the order of their numbers. Integers are read as {@link Long}, those above 2^63 - 1 as
 * {@link BigInteger}. Arrays of numbers are read as {@link Numbers}, which take no more memory than in the file; other
 * arrays as {@link List}. Other types are read as their Java counterparts.
 */
enum GgufValue {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(8),
    ARRAY(12),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    /** Deeper arrays within arrays are refused: reading them is recursive. */
    private static final int MAX_DEPTH = 8;

    private final int leastBytes;

    GgufValue(int leastBytes) {
        this.leastBytes = leastBytes;
    }

    /** An array of numbers of one type in the file's form, little-endian. */
    @SuppressWarnings("ArrayRecordComponent")
    record Numbers(GgufValue type, byte[] bytes) {
        int size() {
            return bytes.length / type.leastBytes;
        }

        Object get(int index) {
            return type.number(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), index * type.leastBytes);
        }

        @Override
        public String toString() {
            return "an array of " + size() + " times " + type;
        }
    }

    /** Reads a type and a value of that type. */
    static Object read(GgufInput in) throws IOException {
        return type(in).value(in, 0);
    }

    private static GgufValue type(GgufInput in) throws IOException {
        long at = in.position();
        long number = in.u32();
        if (number >= values().length) {
            throw in.failure("value type " + number + " at byte " + at + ", expected 0 to " + (values().length - 1));
        }
        return values()[(int) number];
    }

    private Object value(GgufInput in, int depth) throws IOException {
        return switch (this) {
            case BOOL -> flag(in, in.u8());
            case STRING -> in.text();
            case ARRAY -> array(in, depth + 1);
            default ->
                number(
                        ByteBuffer.wrap(in.bytes(leastBytes, "a number of " + leastBytes + " bytes"))
                                .order(ByteOrder.LITTLE_ENDIAN),
                        0);
        };
    }

    private static Boolean flag(GgufInput in, int stored) throws IOException {
        if (stored > 1) {
            throw in.failure("truth value " + stored + " before byte " + in.position() + ", expected 0 or 1");
        }
        return stored == 1;
    }

    private static Object array(GgufInput in, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw in.failure("arrays in arrays deeper than " + MAX_DEPTH + " at byte " + in.position());
        }
        GgufValue type = type(in);
        int count = (int) in.count(in.word(), type.leastBytes, "array elements of type " + type);
        if (type == STRING || type == ARRAY) {
            List<Object> list = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                list.add(type.value(in, depth));
            }
            return Collections.unmodifiableList(list);
        }
        byte[] bytes = in.bytes((long) count * type.leastBytes, count + " array elements of type " + type);
        if (type == BOOL) {
            for (byte one : bytes) {
                flag(in, one & 0xff);
            }
        }
        return new Numbers(type, bytes);
    }

    private Object number(ByteBuffer from, int at) {
        return switch (this) {
            case UINT8 -> (long) (from.get(at) & 0xff);
            case INT8 -> (long) from.get(at);
            case UINT16 -> (long) (from.getShort(at) & 0xffff);
            case INT16 -> (long) from.getShort(at);
            case UINT32 -> from.getInt(at) & 0xffff_ffffL;
            case INT32 -> (long) from.getInt(at);
            case FLOAT32 -> from.getFloat(at);
            case BOOL -> from.get(at) != 0;
            case UINT64 -> unsigned(from.getLong(at));
            case INT64 -> from.getLong(at);
            case FLOAT64 -> from.getDouble(at);
            case STRING, ARRAY -> throw new IllegalStateException("gguf: " + this + " is not a number");
        };
    }

    private static Object unsigned(long bits) {
        if (bits >= 0) {
            return bits;
        }
        return new BigInteger(Long.toUnsignedString(bits));
    }
}
