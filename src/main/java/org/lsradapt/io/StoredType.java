package org.lsradapt.io;

import java.nio.ByteBuffer;
import java.nio.ShortBuffer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The element types of the safetensors format, under its names, and what each is read as. UNKNOWN marks a type
 * whose size is known, so that a file holding it can be checked and its other tensors read.
 */
enum StoredType {
    F64(8, DataType.DOUBLE),
    F32(4, DataType.FLOAT),
    F16(2, DataType.FLOAT),
    BF16(2, DataType.FLOAT),
    I64(8, DataType.INT64),
    I32(4, DataType.INT32),
    I16(2, DataType.INT16),
    I8(1, DataType.INT8),
    U8(1, DataType.UINT8),
    BOOL(1, DataType.BOOL),
    U64(8, DataType.UNKNOWN),
    U32(4, DataType.UNKNOWN),
    U16(2, DataType.UNKNOWN),
    F8_E5M2(1, DataType.UNKNOWN),
    F8_E4M3(1, DataType.UNKNOWN);

    private final int bytes;
    private final DataType readAs;

    StoredType(int bytes, DataType readAs) {
        this.bytes = bytes;
        this.readAs = readAs;
    }

    /** Size of one element. */
    int bytes() {
        return bytes;
    }

    /** Type of the array that holds it. */
    DataType readAs() {
        return readAs;
    }

    boolean isReadable() {
        return readAs != DataType.UNKNOWN;
    }

    /** Whether elements are widened one by one, and not copied as they are. */
    boolean isWidened() {
        return this == F16 || this == BF16;
    }

    /**
     * Copies elements into a new ND4J buffer. A BOOL comes as bytes: ND4J 1.0.0-M2.1 copies nothing into a buffer
     * that it creates as BOOL from a ByteBuffer.
     *
     * @param source direct, little-endian, with the elements at its position; its position is left as it is
     */
    DataBuffer copy(ByteBuffer source, int elements) {
        if (isWidened()) {
            return Nd4j.createBuffer(widen(source.slice().order(source.order()).asShortBuffer(), elements));
        }
        return Nd4j.createBuffer(source, this == BOOL ? DataType.UINT8 : readAs, elements);
    }

    private float[] widen(ShortBuffer source, int elements) {
        float[] out = new float[elements];
        for (int i = 0; i < elements; i++) {
            out[i] = this == F16 ? halfToFloat(source.get(i)) : Float.intBitsToFloat(source.get(i) << 16);
        }
        return out;
    }

    /** IEEE 754 binary16 to binary32; every half value, subnormal, infinity and NaN payload has its exact float. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = half >>> 10 & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        }
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (fraction << 13));
    }
}
