package org.lsradapt.lsr.weights;

import java.util.Optional;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.OnceRounded;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The weight W [in, out] of a frozen linear layer, by its operations, whatever its storage. {@link DenseWeight} is an
 * array; other forms may hold the same matrix packed, rounded or quantized.
 *
 * <p>Only an in-place merge writes a weight, and only if it is {@link #writable}. Implementations are safe for
 * use by many threads on distinct outputs.
 */
public interface FrozenWeight {

    /** The input width, in. */
    int inFeatures();

    /** The output width, out. */
    int outFeatures();

    /** The type of the activations that the weight multiplies, FLOAT or DOUBLE. */
    DataType dataType();

    /** The number of bytes that a product reads from the weight. */
    long bytes();

    /**
     * y ← x·W + beta·y.
     *
     * @param x activations [tokens, in]
     * @param beta factor of y; with 0, y is not read
     * @param y [tokens, out], written; a 'c' ordered matrix or a block of columns of one
     */
    void multiply(Backend backend, INDArray x, double beta, INDArray y);

    /**
     * x ← g·Wᵀ + beta·x, the gradient of {@link #multiply} with respect to x.
     *
     * @param g [tokens, out]; may be a block of columns
     * @param beta factor of x; with 0, x is not read
     * @param x [tokens, in], written; a 'c' ordered matrix or a block of columns of one
     */
    void multiplyTransposed(Backend backend, INDArray g, double beta, INDArray x);

    /**
     * y ← x·W + b. The last digits may differ from those of {@link #multiply} with b in y.
     *
     * @param x activations [tokens, in]
     * @param bias b [out], contiguous
     * @param y [tokens, out], overwritten; a 'c' ordered matrix or a block of columns of one
     */
    default void multiplyAndAdd(Backend backend, INDArray x, INDArray bias, INDArray y) {
        backend.fillRows(bias, y);
        multiply(backend, x, 1, y);
    }

    /**
     * Whether products round activations to BF16. Then they also accept BFLOAT16, and {@link #multiplyTransposedTimes}
     * is supported. False unless overridden.
     */
    default boolean takesBfloat16(Backend backend) {
        return false;
    }

    /**
     * x ← (g·Wᵀ)∘f, rounded to BF16.
     *
     * @param g [tokens, out], FLOAT or BFLOAT16; may be a block of columns
     * @param factor f [tokens, in], FLOAT; may be a block of columns
     * @param x [tokens, in], BFLOAT16, overwritten
     * @throws UnsupportedOperationException unless {@link #takesBfloat16}
     */
    default void multiplyTransposedTimes(Backend backend, INDArray g, INDArray factor, INDArray x) {
        throw new UnsupportedOperationException("frozen weight: products are not rounded to BF16");
    }

    /**
     * out ← W + alpha·A·B, a merge.
     *
     * @param a A [in, r], 'c' ordered
     * @param b B [r, out], 'c' ordered
     * @param out [in, out] of {@link #dataType()}, 'c' ordered, overwritten; shares no memory with W
     */
    default void addProduct(Backend backend, INDArray a, INDArray b, double alpha, INDArray out) {
        copyTo(out);
        backend.gemm(a, false, b, false, alpha, 1, out);
    }

    /**
     * W + alpha·A·B computed in double and rounded once, to nearest, ties to even: a merge to be stored. Unless it is
     * overridden, it takes a copy of W in DOUBLE in addition to the result.
     *
     * @param a A [in, r] in 'c' order
     * @param b B [r, out] in 'c' order
     * @param type DOUBLE, FLOAT, FLOAT16 or BFLOAT16
     * @return a new 'c' ordered array [in, out]
     * @throws IllegalArgumentException if the type is none of the four or an element is beyond its range
     */
    default INDArray addProduct(double[] a, double[] b, double alpha, DataType type) {
        try (INDArray wide = Nd4j.createUninitialized(DataType.DOUBLE, new long[] {inFeatures(), outFeatures()}, 'c')) {
            copyTo(wide);
            return OnceRounded.addProduct(wide, a, b, alpha, type);
        }
    }

    /** Overwrites {@code out} [in, out], FLOAT or DOUBLE, with W, rounded to its type if necessary. */
    void copyTo(INDArray out);

    /** Whether {@link #multiplyElements} costs no more than reading the weight; false unless overridden. */
    default boolean hasElements() {
        return false;
    }

    /**
     * out ← W∘x, element by element. Unless it is overridden, it takes a copy of W.
     *
     * @param x [in, out], of {@link #dataType()}
     * @param out [in, out], 'c' ordered, overwritten; may be x; shares no memory with W
     */
    default void multiplyElements(Backend backend, INDArray x, INDArray out) {
        try (INDArray copy = Nd4j.createUninitialized(dataType(), new long[] {inFeatures(), outFeatures()}, 'c')) {
            copyTo(copy);
            backend.multiplyElements(x, copy, out);
        }
    }

    /**
     * Throws if a result would overwrite the weight.
     *
     * @param operation the operation that checks, for the message
     * @param name the result's name, for the message
     * @throws IllegalArgumentException if the two may have an element in common
     */
    default void requireApart(String operation, String name, INDArray result) {}

    /** The array [in, out] that holds W, for in-place merge to write; empty if W is stored in a form that cannot hold W + ΔW. */
    default Optional<INDArray> writable() {
        return Optional.empty();
    }

    /**
     * A range of columns as a weight.
     *
     * @param to index after the last column
     * @return W[:, from … to-1]; shares W's memory
     * @throws IllegalArgumentException if {@code 0 <= from < to <= out} does not hold
     */
    FrozenWeight columns(long from, long to);
}
