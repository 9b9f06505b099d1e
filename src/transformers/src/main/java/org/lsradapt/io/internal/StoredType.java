package org.lsradapt.io.internal;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Arrays;
import org.lsradapt.lsr.storage.HalfFloat;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The element types of the safetensors format, by name, with the types in which they are read. UNKNOWN marks a type
 * whose size is known, so that a file holding it can be checked and its other tensors read.
 */
public enum StoredType {
    F64(8, DataType.DOUBLE),
    F32(4, DataType.FLOAT),
    F16(2, DataType.FLOAT16),
    BF16(2, DataType.BFLOAT16),
    I64(8, DataType.INT64),
    I32(4, DataType.INT32),
    I16(2, DataType.INT16),
    I8(1, DataType.INT8),
    U8(1, DataType.UINT8),
    BOOL(1, DataType.BOOL),
    U64(8, DataType.UINT64),
    U32(4, DataType.UINT32),
    U16(2, DataType.UINT16),
    F8_E5M2(1, DataType.UNKNOWN),
    F8_E4M3(1, DataType.UNKNOWN),
    F8_E8M0(1, DataType.UNKNOWN),
    C64(8, DataType.UNKNOWN);

    private final int bytes;
    private final DataType stored;

    StoredType(int bytes, DataType stored) {
        this.bytes = bytes;
        this.stored = stored;
    }

    /** Returns the type in which an array is written; null if the format has none for it. */
    public static StoredType of(DataType type) {
        for (StoredType one : values()) {
            if (one.stored == type && one.isReadable()) {
                return one;
            }
        }
        return null;
    }

    /** Returns the type with a name; refuses one that the format does not have. */
    public static StoredType named(String name) {
        return Arrays.stream(values())
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "found '" + name + "', expected one of " + Arrays.toString(values())));
    }

    public int bytes() {
        return bytes;
    }

    /** ND4J's type with the same bits. */
    public DataType stored() {
        return stored;
    }

    /** The type of the array that is read; 16-bit floating point is widened. */
    public DataType readAs() {
        return isHalf() ? DataType.FLOAT : stored;
    }

    /** Whether ND4J has such a type. */
    public boolean isReadable() {
        return stored != DataType.UNKNOWN;
    }

    public boolean isHalf() {
        return this == F16 || this == BF16;
    }

    /** Widens 16-bit little-endian numbers exactly, from the source's position, which stays, until out is full. */
    void widen(ByteBuffer source, FloatBuffer out) {
        ShortBuffer halves = source.slice().order(source.order()).asShortBuffer();
        for (int i = 0; i < out.limit(); i++) {
            short bits = halves.get(i);
            out.put(i, this == F16 ? HalfFloat.fromHalf(bits) : HalfFloat.fromBfloat16(bits));
        }
    }
}
