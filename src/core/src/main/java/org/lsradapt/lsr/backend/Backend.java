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
 * The operations that an adapter is made of. Implementations keep no state between calls, write only what is named as
 * written, and are safe for use by many threads on distinct outputs. All operands of one call have one type, FLOAT or
 * DOUBLE. Shapes are the caller's to check.
 */
public interface Backend {

    /** A short name for logs and reports. */
    String name();

    /**
     * Says that many calls follow each other and that the backend may have all cores for them until the scope is
     * closed, as for a training run. Scopes may nest and overlap. Sums may be divided otherwise within a scope than
     * outside, so that results may differ in their last digits.
     *
     * @return the scope
     */
    default Pass openPass() {
        return () -> {};
    }

    /**
     * How many threads may profitably call the backend at once, within {@link #openPass}, each with work of its own.
     *
     * @return at least 1
     */
    default int lanes() {
        return 1;
    }

    /**
     * This backend for a caller whose arrays have rows behind their last that nobody reads. Products of many rows may
     * then be computed for a few rows more, so that batches of many lengths share compiled products.
     *
     * @param hasRoom whether the memory of an array goes on to {@link org.lsradapt.lsr.internal.Buffer#roomFor} its
     *     rows, which products may read and overwrite
     * @return this backend or another that computes the same
     */
    default Backend withRoom(Predicate<INDArray> hasRoom) {
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
     * The gradient of {@link #materialize}: from the gradient of the dense matrices to that of the factors,
     *
     * <pre>
     *   ∂L/∂F_mk^(i)[a,b] = λ_mk Σ_{(p,q) with digits (a,b) at i} G_m[p,q] Π_{j≠i} F_mk^(j)[p_j,q_j]
     *   ∂L/∂λ_mk          = ⟨G_m, F_mk^(1) ⊗ … ⊗ F_mk^(d)⟩
     * </pre>
     *
     * @param factors as given to {@code materialize}
     * @param termWeights as given to {@code materialize}
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
     * C ← A·op(S) + beta·C for a matrix in a storage format, of which a tile at a time is widened. Where S is BF16
     * or in blocks, a backend may round A and the tiles to BF16 if its processor multiplies BF16 by instructions of its
     * own, but for one row A times Sᵀ where S is in blocks, and also in BF16
     * where Java has vector instructions. F32 and F16 are multiplied in FLOAT. Sums are FLOAT.
     *
     * @param a [m, k], FLOAT, or BFLOAT16 where {@link #takesBfloat16}; 'c' ordered or a block of columns
     * @param stored S [k, n], or [n, k] if transposed
     * @param transposed whether op(S) = Sᵀ
     * @param beta factor of C; with 0, C is not read
     * @param c [m, n], FLOAT, written; 'c' ordered or a block of columns; shares no memory with a
     */
    default void gemmStored(INDArray a, StoredMatrix stored, boolean transposed, double beta, INDArray c) {
        StoredTiles.multiply(this, a, stored, transposed, beta, c);
    }

    /**
     * Whether {@link #gemmStored} rounds A to BF16 for a matrix, and then takes A in BFLOAT16 as well, and
     * {@link #gemmStoredTimes} is there.
     *
     * @param stored the matrix
     */
    default boolean takesBfloat16(StoredMatrix stored) {
        return false;
    }

    /**
     * C ← A·Sᵀ + bias, as {@link #gemmStored} has it, but for the last digits: which is added to which first is the
     * backend's choice.
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
     * C ← (A·S)∘F, as {@link #gemmStored} has the product in FLOAT, then multiplied in FLOAT and rounded to BF16.
     *
     * @param a [m, k], FLOAT or BFLOAT16, 'c' ordered or a block of columns
     * @param stored S [k, n], of which {@link #takesBfloat16}
     * @param factor F [m, n], FLOAT, 'c' ordered or a block of columns
     * @param c [m, n], BFLOAT16, overwritten; 'c' ordered or a block of columns; shares no memory with the others
     */
    default void gemmStoredTimes(INDArray a, StoredMatrix stored, INDArray factor, INDArray c) {
        throw new UnsupportedOperationException(name() + " rounds no products to BF16");
    }

    /**
     * C ← A·[S_1ᵀ, S_2ᵀ, …] + beta·C, each product as {@link #gemmStored} has it.
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
     * C ← Q(A)·Sᵀ + beta·C for a matrix in bytes. Q rounds each row of A to 127 levels of either sign, of which the
     * row's largest number is one ({@link ByteLevels#factor}), to nearest, ties to even; the products of levels are
     * added as integers, or in FLOAT on processors without such products.
     *
     * <p>A row of A of zeros, or of numbers below 2⁻¹²⁰, counts as zeros; one with a number that is not finite gives a
     * row of NaN.
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
     * Blocks of rows, each with thin matrices of its own: Y_i ← Y_i + alpha_i·(X_i·A_i)·B_i. To the bit, a block's
     * result depends on that block alone, not on how many there are or what the others are multiplied by.
     *
     * @param x [rows, in], 'c' ordered
     * @param rows where each block of rows begins in x and y, and at the end their number
     * @param a for each block A_i [in, r_i], 'c' ordered; null leaves the block of y as it is
     * @param b for each block B_i [r_i, out], 'c' ordered; null where A_i is
     * @param alpha for each block the factor of the product
     * @param h a contiguous vector of at least Σ rows_i·r_i numbers over the blocks that have an A; overwritten
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
     * C ← D + alpha·A·B for few columns of A: a merge, which takes as long as D takes to read and C to write.
     *
     * @param d [m, n]; any matrix or view
     * @param a [m, k], 'c' ordered
     * @param b [k, n], 'c' ordered
     * @param alpha factor of the product
     * @param c [m, n], 'c' ordered, overwritten; shares no memory with the others
     */
    default void addProduct(INDArray d, INDArray a, INDArray b, double alpha, INDArray c) {
        c.assign(d);
        gemm(a, false, b, false, alpha, 1, c);
    }

    /**
     * Every row of an array ← a vector: a bias, to which a product is then added.
     *
     * @param vector [cols]
     * @param out [rows, cols], overwritten; a 'c' ordered matrix or a block of columns of one
     */
    void fillRows(INDArray vector, INDArray out);

    /**
     * C ← C + A.
     *
     * @param a any array
     * @param c of the same shape, added to
     */
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

    /** Every number of an array ← 0. */
    default void clear(INDArray array) {
        array.assign(0);
    }

    /**
     * Copies an array's numbers out.
     *
     * @param from any array; its numbers in 'c' order
     * @param to at least as long; overwritten from its beginning
     */
    default void read(INDArray from, double[] to) {
        double[] numbers = from.dup('c').data().asDouble();
        System.arraycopy(numbers, 0, to, 0, numbers.length);
    }

    /**
     * Copies numbers into an array, rounded to its type.
     *
     * @param from at least as long as the array
     * @param to any array, overwritten in 'c' order
     */
    default void write(double[] from, INDArray to) {
        double[] numbers = Arrays.copyOf(from, (int) to.length());
        to.assign(Nd4j.createFromArray(numbers).castTo(to.dataType()).reshape('c', to.shape()));
    }
}
