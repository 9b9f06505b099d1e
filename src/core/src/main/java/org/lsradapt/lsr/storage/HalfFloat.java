package org.lsradapt.lsr.storage;

/** 16-bit floating point as bits: IEEE 754 binary16, and bfloat16, the upper half of a binary32. */
public final class HalfFloat {

    /** The float of every half, indexed by its bits: blocks have scales in binary16, and computing them takes longer. */
    private static final float[] FLOATS = new float[1 << Short.SIZE];

    static {
        for (int bits = 0; bits < FLOATS.length; bits++) {
            FLOATS[bits] = widened((short) bits);
        }
    }

    private HalfFloat() {}

    /** IEEE 754 binary16 to binary32; every half value, subnormal, infinity and NaN payload has its exact float. */
    public static float fromHalf(short half) {
        return FLOATS[half & 0xffff];
    }

    private static float widened(short half) {
        int sign = (half & 0x8000) << 16;
        int magnitude = (half & 0x7fff) << 13;
        if ((half & 0x7c00) == 0x7c00) {
            return Float.intBitsToFloat(sign | 0x7f800000 | magnitude);
        }
        // The exponents' biases are 15 and 127; subnormal numbers become normal by the same product.
        return Float.intBitsToFloat(sign | Float.floatToRawIntBits(Float.intBitsToFloat(magnitude) * 0x1p112f));
    }

    /** binary32 to binary16, rounded to nearest, ties to even; values beyond the range become infinite. */
    public static short toHalf(float x) {
        int sign = (Float.floatToRawIntBits(x) >>> 16) & 0x8000;
        float magnitude = Math.abs(x);
        if (Float.isNaN(x)) {
            return (short) (sign | 0x7e00);
        }
        if (magnitude >= 65520) {
            return (short) (sign | 0x7c00);
        }
        // In units of its last place a number is an integer; added to the exponent's bits it carries into them if
        // necessary.
        int exponent = Math.max(Math.getExponent(magnitude), -14);
        int units = (int) Math.rint((double) magnitude * Math.scalb(1.0, 10 - exponent));
        return (short) (sign | (units + ((exponent + 14) << 10)));
    }

    /** bfloat16 to binary32, exact. */
    public static float fromBfloat16(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** binary32 to bfloat16, rounded to nearest, ties to even; NaN stays NaN. */
    public static short toBfloat16(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) ((bits >>> 16) | 0x40);
        }
        return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
    }
}
