package org.lsradapt.lsr.backend;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The operations that adapters consist of. Implementations keep no state between calls, write only the arguments
 * documented as written, and are safe for use by many threads on distinct outputs. All operands of one call have one
 * type, FLOAT or DOUBLE. Shapes are not checked.
 */
public interface Backend {

    /** A short name for logs and reports. */
    String name();

    /**
     * Announces a sequence of many calls, such as a training run: until the scope is closed, the backend may use all
     * cores for them. Scopes may nest and overlap. Within a scope, sums may be divided differently than outside, so
     * that results may differ in their last digits.
     */
    default Pass openPass() {
        return () -> {};
    }

    /** The number of threads, at least one, that may profitably call the backend at once within {@link #openPass}. */
    default int lanes() {
        return 1;
    }

    /**
     * This backend for a caller whose arrays have unused rows after their last row. Products of many rows may then be
     * computed for a few rows more, so that batches of many lengths share compiled products.
     *
     * @param hasRoom whether an array's memory extends to {@link org.lsradapt.lsr.internal.Buffer#roomFor} its rows,
     *     which products may read and overwrite
     * @return this backend, or another that computes the same
     */
    default Backend withRoom(Predicate<INDArray> hasRoom) {
        return this;
    }

    /**
     * This backend for rows of several callers: each row of a product is bit-identical to that of the row alone, while
     * the other matrix is read once for all rows. Calls must be within {@link #openPass}.
     *
     * @return this backend by default, whose products of several rows may differ from those of one in the last digits
     */
    default Backend withRowsAlone() {
        return this;
    }

    /** The scope of {@link #openPass}. */
    @FunctionalInterface
    interface Pass extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Materializes n Kronecker sums of one shape: out[m] = Σ_k λ_mk F_mk^(1) ⊗ … ⊗ F_mk^(d).
     *
     * @param factors d arrays [n, s, rows_i, cols_i], 'c' ordered and contiguous
     * @param termWeights λ [n, s], or null for all ones
     * @param out [n, Π rows_i, Π cols_i], 'c' ordered and contiguous; overwritten
     */
    void materialize(List<INDArray> factors, @Nullable INDArray termWeights, INDArray out);

    /**
     * The gradient of {@link #materialize}, from the gradient of the dense matrices to that of the factors:
     *
     * <pre>
     *   ∂L/∂F_mk^(i)[a,b] = λ_mk Σ_{(p,q) with digits (a,b) at i} G_m[p,q] Π_{j≠i} F_mk^(j)[p_j,q_j]
     *   ∂L/∂λ_mk          = ⟨G_m, F_mk^(1) ⊗ … ⊗ F_mk^(d)⟩
     * </pre>
     *
     * @param gradOut G, [n, Π rows_i, Π cols_i], 'c' ordered and contiguous
     * @param gradFactors d arrays shaped as the factors; overwritten
     * @param gradTermWeights [n, s], overwritten; null to leave it out
     */
    void materializeGradient(
            List<INDArray> factors,
            @Nullable INDArray termWeights,
            INDArray gradOut,
            List<INDArray> gradFactors,
            @Nullable INDArray gradTermWeights);

    /**
     * C ← alpha·op(A)·op(B) + beta·C.
     *
     * @param a [m, k], or [k, m] if transposed; any matrix or view with one unit stride
     * @param transposeA whether op(A) = Aᵀ
     * @param b [k, n], or [n, k] if transposed; any matrix or view with one unit stride
     * @param transposeB whether op(B) = Bᵀ
     * @param alpha factor of the product
     * @param beta factor of C; with 0, C is not read
     * @param c [m, n], written; a 'c' ordered matrix or a block of columns or rows of one; shares no memory with a or b
     */
    void gemm(INDArray a, boolean transposeA, INDArray b, boolean transposeB, double alpha, double beta, INDArray c);

    /**
     * C ← A·op(S) + beta·C for a matrix in a storage format, one tile of which is widened at a time. If S is BF16 or in
     * blocks, a backend may round A and the tiles to BF16 on a processor with BF16 instructions, but it multiplies one
     * row A by Sᵀ in FLOAT if S is in blocks. F32 and F16 are multiplied in FLOAT. Sums are FLOAT.
     *
     * @param a [m, k], FLOAT, or BFLOAT16 if {@link #takesBfloat16}; 'c' ordered or a block of columns
     * @param stored S [k, n], or [n, k] if transposed
     * @param transposed whether op(S) = Sᵀ
     * @param beta factor of C; with 0, C is not read
     * @param c [m, n], FLOAT, written; 'c' ordered or a block of columns; shares no memory with a
     */
    default void gemmStored(INDArray a, StoredMatrix stored, boolean transposed, double beta, INDArray c) {
        StoredTiles.multiply(this, a, stored, transposed, beta, c);
    }

    /** Whether {@link #gemmStored} rounds A to BF16. Then it accepts A in BFLOAT16, and {@link #gemmStoredTimes} is supported. */
    default boolean takesBfloat16(StoredMatrix stored) {
        return false;
    }

    /**
     * C ← A·Sᵀ + bias. The last digits may differ from those of {@link #gemmStored}: the backend chooses the order of
     * the sum.
     *
     * @param a [m, k], FLOAT, 'c' ordered or a block of columns
     * @param stored S [n, k]
     * @param bias [n], FLOAT, added to every row
     * @param c [m, n], FLOAT, overwritten; 'c' ordered or a block of columns; shares no memory with a
     */
    default void gemmStoredBiased(INDArray a, StoredMatrix stored, INDArray bias, INDArray c) {
        fillRows(bias, c);
        gemmStored(a, stored, true, 1, c);
    }

    /**
     * C ← (A·S)∘F: the product of {@link #gemmStored} in FLOAT, multiplied by F in FLOAT and rounded to BF16.
     *
     * @param a [m, k], FLOAT or BFLOAT16, 'c' ordered or a block of columns
     * @param stored S [k, n], for which {@link #takesBfloat16} is true
     * @param factor F [m, n], FLOAT, 'c' ordered or a block of columns
     * @param c [m, n], BFLOAT16, overwritten; 'c' ordered or a block of columns; shares no memory with the others
     */
    default void gemmStoredTimes(INDArray a, StoredMatrix stored, INDArray factor, INDArray c) {
        throw new UnsupportedOperationException(name() + " rounds no products to BF16");
    }

    /**
     * C ← A·[S_1ᵀ, S_2ᵀ, …] + beta·C, each product as in {@link #gemmStored}.
     *
     * @param a [m, k], FLOAT, 'c' ordered or a block of columns
     * @param parts S_i [n_i, k]
     * @param beta factor of C; with 0, C is not read
     * @param c [m, Σ n_i], FLOAT, written; 'c' ordered or a block of columns; shares no memory with a
     */
    default void gemmStoredParts(INDArray a, List<StoredMatrix> parts, double beta, INDArray c) {
        int from = 0;
        for (StoredMatrix part : parts) {
            int to = from + part.rows();
            gemmStored(a, part, true, beta, Views.columns(c, from, to));
            from = to;
        }
    }

    /**
     * C ← Q(A)·Sᵀ + beta·C for a matrix in bytes. Q rounds each row of A to 127 levels of either sign, to nearest, ties
     * to even; the largest level stands for the row's largest element ({@link ByteLevels#factor}). Products of levels
     * are added as integers, or in FLOAT on processors without integer products.
     *
     * <p>A row of A of zeros, or of elements below 2⁻¹²⁰, counts as zeros; a row with an element that is not finite
     * gives a row of NaN.
     *
     * @param a [m, k], FLOAT, 'c' ordered or a block of columns
     * @param levels S [n, k]
     * @param beta factor of C; with 0, C is not read
     * @param c [m, n], FLOAT, written; 'c' ordered or a block of columns; shares no memory with a
     */
    default void gemmLevels(INDArray a, ByteLevels levels, double beta, INDArray c) {
        LevelTiles.multiply(this, a, levels, beta, c);
    }

    /**
     * C_i ← A·B_i for each i.
     *
     * @param a [m, k], contiguous
     * @param b [count, k, n], contiguous
     * @param c [count, m, n], contiguous; overwritten
     */
    default void gemmEach(INDArray a, INDArray b, INDArray c) {
        long m = c.size(1);
        long n = c.size(2);
        long k = b.size(1);
        for (long i = 0; i < b.size(0); i++) {
            gemm(a, false, Views.piece(b, i * k * n, k, n), false, 1, 0, Views.piece(c, i * m * n, m, n));
        }
    }

    /**
     * Blocks of rows, each with its own thin matrices: Y_i ← Y_i + alpha_i·(X_i·A_i)·B_i. A block's result depends, to
     * the bit, on that block alone, not on the number of blocks or on the other blocks' matrices.
     *
     * @param x [rows, in], 'c' ordered
     * @param rows the first row of each block in x and y, and finally the number of rows
     * @param a for each block A_i [in, r_i], 'c' ordered; null leaves the block of y as it is
     * @param b for each block B_i [r_i, out], 'c' ordered; null if A_i is null
     * @param alpha for each block the factor of the product
     * @param h a contiguous vector of at least Σ rows_i·r_i elements over the blocks that have an A; overwritten
     * @param y [rows, out], added to; a 'c' ordered matrix or a block of columns of one
     */
    default void addThinProducts(
            INDArray x,
            int[] rows,
            @Nullable INDArray[] a,
            @Nullable INDArray[] b,
            double[] alpha,
            INDArray h,
            INDArray y) {
        for (int i = 0; i < a.length; i++) {
            if (a[i] != null) {
                INDArray hidden = Views.piece(h, 0, rows[i + 1] - rows[i], a[i].size(1));
                gemm(Views.rows(x, rows[i], rows[i + 1]), false, a[i], false, 1, 0, hidden);
                gemm(hidden, false, b[i], false, alpha[i], 1, Views.rows(y, rows[i], rows[i + 1]));
            }
        }
    }

    /**
     * C ← D + alpha·A·B, a merge: A has few columns, so that it takes as long as reading D and writing C.
     *
     * @param d [m, n]; any matrix or view
     * @param a [m, k], 'c' ordered
     * @param b [k, n], 'c' ordered
     * @param c [m, n], 'c' ordered, overwritten; shares no memory with the others
     */
    default void addProduct(INDArray d, INDArray a, INDArray b, double alpha, INDArray c) {
        c.assign(d);
        gemm(a, false, b, false, alpha, 1, c);
    }

    /**
     * Sets every row of an array to a vector, such as a bias to which a product is then added.
     *
     * @param vector [cols]
     * @param out [rows, cols], overwritten; a 'c' ordered matrix or a block of columns of one
     */
    void fillRows(INDArray vector, INDArray out);

    /** C ← C + A, for arrays of the same shape. */
    default void add(INDArray a, INDArray c) {
        c.addi(a);
    }

    /**
     * C ← A∘B, element by element.
     *
     * @param a [m, n]; any matrix or view
     * @param b [m, n]; any matrix or view
     * @param c [m, n], overwritten; 'c' ordered; may be a or b
     */
    default void multiplyElements(INDArray a, INDArray b, INDArray c) {
        a.muli(b, c);
    }

    /** Sets every element of an array to 0. */
    default void clear(INDArray array) {
        array.assign(0);
    }

    /**
     * Copies an array's elements out.
     *
     * @param from any array; its elements are read in 'c' order
     * @param to at least as long; overwritten from its beginning
     */
    default void read(INDArray from, double[] to) {
        double[] numbers = from.dup('c').data().asDouble();
        System.arraycopy(numbers, 0, to, 0, numbers.length);
    }

    /**
     * Copies numbers into an array and rounds them to its type.
     *
     * @param from at least as long as the array
     * @param to any array, overwritten in 'c' order
     */
    default void write(double[] from, INDArray to) {
        double[] numbers = Arrays.copyOf(from, (int) to.length());
        to.assign(Nd4j.createFromArray(numbers).castTo(to.dataType()).reshape('c', to.shape()));
    }
}
