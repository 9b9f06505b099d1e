package org.lsradapt.transformer;

import java.util.Locale;
import java.util.Optional;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * How the frozen weights of a model's linear layers are kept in memory. Tables with a row per token id are BF16, but for
 * F32 and where STORED finds them in a mapped file; biases, normalizations and other tables are FLOAT, and so are
 * activations between the layers.
 */
public enum BasePrecision {
    /** 32 bits, as arrays. */
    F32(Optional.empty()),
    /** 16 bits. */
    BF16(Optional.of(WeightFormat.BF16)),
    /** 8 bits and a scale per 32 numbers of an input row; {@link WeightFormat#Q8_0}. */
    INT8(Optional.of(WeightFormat.Q8_0)),
    /** 4 bits and a scale per 32 numbers of an input row; {@link WeightFormat#Q4_0}. */
    INT4(Optional.of(WeightFormat.Q4_0)),
    /** As the model's file has it where it is mapped, so that nothing is copied; else F32. */
    STORED(Optional.empty());

    private final Optional<WeightFormat> format;

    BasePrecision(Optional<WeightFormat> format) {
        this.format = format;
    }

    /** The name in options and files: {@code f32}, {@code bf16}, {@code int8}, {@code int4} or {@code stored}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds a precision.
     *
     * @param label as {@link #label} gives it
     * @throws IllegalArgumentException if there is none of that name
     */
    public static BasePrecision named(String label) {
        for (BasePrecision precision : values()) {
            if (precision.label().equals(label)) {
                return precision;
            }
        }
        throw new IllegalArgumentException(
                "precision of the base model is '" + label + "', expected f32, bf16, int8, int4 or stored");
    }

    /** The format of each weight; empty for F32 and STORED. */
    public Optional<WeightFormat> format() {
        return format;
    }
}
