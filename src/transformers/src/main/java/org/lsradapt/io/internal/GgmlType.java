package org.lsradapt.io.internal;

import java.util.Arrays;
import java.util.Optional;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * The tensor types of GGUF files, by ggml's names. Types without a {@link #format} and without a {@link #plain} type
 * have a known size, so that a file holding one can be checked and its other tensors read.
 */
public enum GgmlType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17);

    private final int number;
    private final int blockLength;
    private final int blockBytes;
    private final Optional<WeightFormat> format;
    private final Optional<StoredType> plain;

    GgmlType(int number, int blockLength, int blockBytes) {
        this.number = number;
        this.blockLength = blockLength;
        this.blockBytes = blockBytes;
        format = named(WeightFormat.values(), name());
        plain = named(StoredType.values(), name());
    }

    private static <T extends Enum<T>> Optional<T> named(T[] values, String name) {
        return Arrays.stream(values).filter(value -> value.name().equals(name)).findAny();
    }

    /** Returns the type with a number in a file; empty for a number that is not in the list. */
    public static Optional<GgmlType> of(long number) {
        return Arrays.stream(values()).filter(type -> type.number == number).findAny();
    }

    public static GgmlType of(WeightFormat format) {
        return valueOf(format.name());
    }

    public int number() {
        return number;
    }

    public int blockLength() {
        return blockLength;
    }

    /** The length of a block in bytes. */
    public int blockBytes() {
        return blockBytes;
    }

    /** The format of the same blocks; empty if no reader supports them. */
    public Optional<WeightFormat> format() {
        return format;
    }

    /** The type of single numbers with the same bits; empty if numbers lie in blocks. */
    public Optional<StoredType> plain() {
        return plain;
    }
}
