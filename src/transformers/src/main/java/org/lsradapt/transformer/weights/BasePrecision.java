package org.lsradapt.transformer.weights;

import java.util.Locale;
import java.util.Optional;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * The form in which the frozen weights of a model's linear layers are kept in memory. Tables with a row per token id
 * are BF16, except with F32 and when STORED finds them in a mapped file. Biases, normalizations and other tables are
 * FLOAT, as are the activations between layers.
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
    /**
     * 8 bits and a scale per output, for inference only: products also round the activations to 8 bits, with a scale
     * per row ({@link org.lsradapt.lsr.backend.Backend#gemmLevels}). Training is not supported.
     */
    INT8_DYNAMIC(Optional.empty()),
    /** The form in the model's file if the file is mapped, so that nothing is copied; otherwise F32. */
    STORED(Optional.empty());

    private final Optional<WeightFormat> format;

    BasePrecision(Optional<WeightFormat> format) {
        this.format = format;
    }

    /**
     * The name in options and files: {@code f32}, {@code bf16}, {@code int8}, {@code int4}, {@code int8-dynamic} or
     * {@code stored}.
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether adapters can be trained with such weights; otherwise they are for inference only. */
    public boolean trains() {
        return this != INT8_DYNAMIC;
    }

    /** Throws an {@link IllegalArgumentException} unless adapters can be {@linkplain #trains trained} with such weights. */
    public void requireTraining() {
        if (!trains()) {
            throw new IllegalArgumentException("training: the base model is kept in " + label()
                    + ", which is for inference alone; expected f32, bf16, int8, int4 or stored (an adapter trained on any"
                    + " of them can then be used in " + label() + ")");
        }
    }

    /** Finds a precision by its label. */
    public static BasePrecision named(String label) {
        for (BasePrecision precision : values()) {
            if (precision.label().equals(label)) {
                return precision;
            }
        }
        throw new IllegalArgumentException("precision of the base model is '" + label
                + "', expected f32, bf16, int8, int4, int8-dynamic or" + " stored");
    }

    /** The format of each weight; empty for F32, INT8_DYNAMIC and STORED. */
    public Optional<WeightFormat> format() {
        return format;
    }
}
