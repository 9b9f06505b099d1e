package org.lsradapt.lsr.backend;

import java.lang.ref.Reference;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.internal.Blas;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.OneDnn;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Views;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The fast path on ND4J's CPU backend. It calls BLAS on the arrays' memory, and materializes Kronecker sums of FLOAT
 * factors one per task in buffers that fit the cache. DOUBLE Kronecker sums go through {@link Nd4jBackend}.
 *
 * <p>With both F = the first factors [s, r₁c₁] and T = the trailing products [s, r₂c₂] flattened per term, a sum is the
 * product P = Fᵀ·T and a permutation; its gradient is the permutation backwards and two such products.
 */
public final class CpuBackend implements Backend {

    /** A product below this many multiply-adds per thread is not divided. */
    private static final long DIVISION_GRAIN = 200_000;

    /** Elements per thread below which filling is not divided. */
    private static final long FILL_GRAIN = 65_536;

    /** Elements of a dense Kronecker sum that one task builds at a time. */
    private static final int SUM_BLOCK = 32_768;

    /** Elements per task of {@link #addProduct}. */
    private static final int MERGE_BLOCK = 65_536;

    /** Columns of C that are computed for one row after the other, while B is in the cache. */
    private static final int ALONE_TILE = 512;

    private static final float[] ZEROS = new float[4096];

    private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

    private final Nd4jBackend general = new Nd4jBackend();
    private final IntSupplier threads;
    private final boolean bfloat16;
    private final @Nullable RowKernels kernels;
    private final Predicate<INDArray> hasRoom;
    /** Whether each row of a product is computed as if it were alone. */
    private final boolean alone;

    /** Makes a backend that divides its work among the cores. */
    public CpuBackend() {
        this(Parallel::available, OneDnn.multipliesBfloat16(), RowKernels.installed());
    }

    /** Makes a backend without vector instructions. */
    CpuBackend(IntSupplier threads, boolean bfloat16) {
        this(threads, bfloat16, null);
    }

    /**
     * Makes a backend whose division of work does not depend on the machine, for tests.
     *
     * @param threads the number of threads among which work is divided; they run one after the other if there are fewer
     * @param kernels vector instructions; null for none
     */
    CpuBackend(IntSupplier threads, boolean bfloat16, @Nullable RowKernels kernels) {
        this(threads, bfloat16, kernels, array -> false, false);
    }

    private CpuBackend(
            IntSupplier threads,
            boolean bfloat16,
            @Nullable RowKernels kernels,
            Predicate<INDArray> hasRoom,
            boolean alone) {
        this.threads = threads;
        this.bfloat16 = bfloat16;
        this.kernels = kernels;
        this.hasRoom = hasRoom;
        this.alone = alone;
    }

    /** Applies to products in BF16 and of bytes, which oneDNN compiles for each number of rows. */
    @Override
    public Backend withRoom(Predicate<INDArray> hasRoom) {
        return new CpuBackend(threads, bfloat16, kernels, hasRoom, alone);
    }

    @Override
    public Backend withRowsAlone() {
        return new CpuBackend(threads, bfloat16, kernels, array -> false, true);
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public Pass openPass() {
        Blas.enterSingleThreaded();
        return Blas::leaveSingleThreaded;
    }

    @Override
    public int lanes() {
        return threads.getAsInt();
    }

    @Override
    public void materialize(List<INDArray> factors, INDArray termWeights, INDArray out) {
        if (out.dataType() != DataType.FLOAT) {
            general().materialize(factors, termWeights, out);
            return;
        }
        FactorMemory memory = new FactorMemory(factors, termWeights);
        FloatBuffer dense = Blas.buffer(out);
        int rows = memory.d == 1 ? memory.firstRows() : blockRows(memory);
        int blocks = (memory.firstRows() + rows - 1) / rows;
        Parallel.run(memory.n * blocks, index -> {
            int first = index % blocks * rows;
            materializeBlock(memory, index / blocks, first, Math.min(rows, memory.firstRows() - first), dense);
        });
        keepUntilHere(factors, termWeights, out);
    }

    @Override
    public void materializeGradient(
            List<INDArray> factors,
            INDArray termWeights,
            INDArray gradOut,
            List<INDArray> gradFactors,
            INDArray gradTermWeights) {
        if (gradOut.dataType() != DataType.FLOAT) {
            general().materializeGradient(factors, termWeights, gradOut, gradFactors, gradTermWeights);
            return;
        }
        FactorMemory memory = new FactorMemory(factors, termWeights);
        FactorMemory gradients = new FactorMemory(gradFactors, gradTermWeights);
        FloatBuffer dense = Blas.buffer(gradOut);
        Parallel.run(memory.n, m -> gradientOne(memory, gradients, m, dense));
        keepUntilHere(factors, termWeights, gradOut, gradFactors, gradTermWeights);
    }

    @Override
    public void gemm(
            INDArray a, boolean transposeA, INDArray b, boolean transposeB, double alpha, double beta, INDArray c) {
        NativeMatrix storedA = NativeMatrix.of(a);
        NativeMatrix storedB = NativeMatrix.of(b);
        NativeMatrix out = NativeMatrix.of(c);
        if (storedA == null || storedB == null || out == null || out.transposed()) {
            general().gemm(a, transposeA, b, transposeB, alpha, beta, c);
            return;
        }
        NativeMatrix left = storedA.transpose(transposeA);
        NativeMatrix right = storedB.transpose(transposeB);
        int m = left.rows();
        int n = right.columns();
        int parts = parts(alone ? 1 : m, n, left.columns());
        if (alone && !left.transposed()) {
            Parallel.run(parts, part -> {
                int from = (int) ((long) n * part / parts);
                rowsAlone(alpha, left, right, beta, out, from, (int) ((long) n * (part + 1) / parts));
            });
        } else if (m >= n && m != 1) {
            Parallel.run(parts, part -> {
                int from = (int) ((long) m * part / parts);
                int rows = (int) ((long) m * (part + 1) / parts) - from;
                Blas.gemm(alpha, left.rows(from, rows), right, beta, out.rows(from, rows));
            });
        } else {
            Parallel.run(parts, part -> {
                int from = (int) ((long) n * part / parts);
                int cols = (int) ((long) n * (part + 1) / parts) - from;
                NativeMatrix some = right.columns(from, cols);
                NativeMatrix to = out.columns(from, cols);
                if (m == 1) {
                    // BLAS multiplies a vector by a matrix without copying the matrix.
                    int step = left.transposed() ? left.stride() : 1;
                    Blas.gemv(alpha, some.transpose(), left.memory(), step, beta, to.memory(), 1);
                } else {
                    Blas.gemm(alpha, left, some, beta, to);
                }
            });
        }
        keepUntilHere(a, b, c);
    }

    /** Computes columns from … to-1 of C row by row, in tiles that do not depend on the number of rows. */
    private static void rowsAlone(
            double alpha, NativeMatrix left, NativeMatrix right, double beta, NativeMatrix out, int from, int to) {
        for (int column = from; column < to; column += ALONE_TILE) {
            int columns = Math.min(ALONE_TILE, to - column);
            NativeMatrix some = right.columns(column, columns).transpose();
            for (int row = 0; row < left.rows(); row++) {
                Pointer there = out.block(row, 1, column, columns).memory();
                Blas.gemv(alpha, some, left.rows(row, 1).memory(), 1, beta, there, 1);
            }
        }
    }

    @Override
    public void gemmStored(INDArray a, StoredMatrix stored, boolean transposed, double beta, INDArray c) {
        NativeMatrix left = NativeMatrix.of(a);
        NativeMatrix out = NativeMatrix.of(c);
        if (left == null || left.transposed() || out == null || out.transposed()) {
            general().gemmStored(a, stored, transposed, beta, c);
            return;
        }
        int m = rows(stored, a, c);
        try (Pass pass = openPass()) {
            multiply(left.rows(0, m), stored, transposed, beta, out.rows(0, m));
        }
        keepUntilHere(a, stored, c);
    }

    /** Takes blocks of C without a view for each: a view takes longer than the product of a row with a small part. */
    @Override
    public void gemmStoredParts(INDArray a, List<StoredMatrix> parts, double beta, INDArray c) {
        NativeMatrix left = NativeMatrix.of(a);
        NativeMatrix out = NativeMatrix.of(c);
        if (left == null || left.transposed() || out == null || out.transposed()) {
            general().gemmStoredParts(a, parts, beta, c);
            return;
        }
        try (Pass pass = openPass()) {
            int from = 0;
            for (StoredMatrix part : parts) {
                int m = rows(part, a, c);
                multiply(left.rows(0, m), part, true, beta, out.block(0, m, from, part.rows()));
                from += part.rows();
            }
        }
        keepUntilHere(a, parts, c);
    }

    /** The rows of a product: more than A has if it is computed in BF16 and the operands have room for them. */
    private int rows(StoredMatrix stored, INDArray a, INDArray other) {
        return bfloat16 && !alone && StoredProduct.roundsToBfloat16(stored) ? rows(a, other) : (int) a.size(0);
    }

    private int rows(INDArray a, INDArray other) {
        int rows = (int) a.size(0);
        int shared = OneDnn.sharedRows(rows);
        return shared > rows && hasRoom.test(a) && hasRoom.test(other) ? shared : rows;
    }

    private void multiply(NativeMatrix left, StoredMatrix stored, boolean transposed, double beta, NativeMatrix out) {
        new StoredProduct(left, stored, transposed, (float) beta, out, kernels, alone)
                .run(bfloat16, threads.getAsInt());
    }

    @Override
    public boolean takesBfloat16(StoredMatrix stored) {
        return bfloat16 && stored.format() == WeightFormat.BF16;
    }

    @Override
    public void gemmStoredBiased(INDArray a, StoredMatrix stored, INDArray bias, INDArray c) {
        NativeMatrix left = NativeMatrix.of(a);
        NativeMatrix out = NativeMatrix.of(c);
        if (!takesBfloat16(stored) || left == null || left.transposed() || out == null || out.transposed()) {
            Backend.super.gemmStoredBiased(a, stored, bias, c);
            return;
        }
        int m = rows(stored, a, c);
        try (Pass pass = openPass()) {
            addBias(left.rows(0, m), stored, bias, out.rows(0, m));
        }
        keepUntilHere(a, stored, bias, c);
    }

    private void addBias(NativeMatrix left, StoredMatrix stored, INDArray bias, NativeMatrix out) {
        new StoredProduct(left, stored, true, 0, out, kernels, alone).addBias(Blas.floats(bias), threads.getAsInt());
    }

    @Override
    public void gemmStoredTimes(INDArray a, StoredMatrix stored, INDArray factor, INDArray c) {
        if (!takesBfloat16(stored)) {
            Backend.super.gemmStoredTimes(a, stored, factor, c);
        }
        int m = Math.min(rows(stored, a, c), rows(stored, a, factor));
        NativeMatrix left = NativeMatrix.of(a).rows(0, m);
        NativeMatrix out = NativeMatrix.of(c).rows(0, m);
        try (Pass pass = openPass()) {
            new StoredProduct(left, stored, false, 0, out, kernels, alone)
                    .multiplyBy(NativeMatrix.of(factor).rows(0, m), threads.getAsInt());
        }
        keepUntilHere(a, stored, factor, c);
    }

    @Override
    public void gemmLevels(INDArray a, ByteLevels levels, double beta, INDArray c) {
        NativeMatrix left = NativeMatrix.of(a);
        NativeMatrix out = NativeMatrix.of(c);
        boolean fits = left != null && !left.transposed() && out != null && !out.transposed();
        if (!fits || levels.panels().isEmpty()) {
            LevelTiles.multiply(this, a, levels, beta, c);
            return;
        }
        int m = rows(a, c);
        try (Pass pass = openPass()) {
            new LevelProduct(left.rows(0, m), levels, (float) beta, out.rows(0, m)).run(threads.getAsInt());
        }
        keepUntilHere(a, levels, c);
    }

    @Override
    public void addThinProducts(
            INDArray x, int[] rows, INDArray[] a, INDArray[] b, double[] alpha, INDArray h, INDArray y) {
        NativeMatrix in = NativeMatrix.of(x);
        NativeMatrix out = NativeMatrix.of(y);
        NativeMatrix hidden = NativeMatrix.of(h.reshape('c', 1, h.length()));
        int[] begins = new int[a.length + 1];
        for (int i = 0; i < a.length; i++) {
            begins[i + 1] = begins[i] + (a[i] == null ? 0 : (rows[i + 1] - rows[i]) * (int) a[i].size(1));
        }
        Parallel.run(a.length, i -> {
            if (a[i] == null) {
                return;
            }
            int m = rows[i + 1] - rows[i];
            int r = (int) a[i].size(1);
            NativeMatrix thin = new NativeMatrix(hidden.columns(begins[i], 1).memory(), m, r, r);
            Blas.gemm(1, in.rows(rows[i], m), NativeMatrix.of(a[i]), 0, thin);
            Blas.gemm(alpha[i], thin, NativeMatrix.of(b[i]), 1, out.rows(rows[i], m));
        });
        keepUntilHere(x, a, b, h, y);
    }

    /**
     * Works on blocks of rows, which stay in the cache from the copy to the product; threads share the page faults of a
     * new C.
     */
    @Override
    public void addProduct(INDArray d, INDArray a, INDArray b, double alpha, INDArray c) {
        if (c.dataType() != DataType.FLOAT || (d.size(1) > 1 && d.stride(1) != 1) || !Blas.isSingleThreaded()) {
            general().addProduct(d, a, b, alpha, c);
            return;
        }
        NativeMatrix from = NativeMatrix.of(d);
        NativeMatrix left = NativeMatrix.of(a);
        NativeMatrix right = NativeMatrix.of(b);
        NativeMatrix to = NativeMatrix.of(c);
        int m = to.rows();
        int n = to.columns();
        int perBlock = Math.max(1, MERGE_BLOCK / n);
        Parallel.run((m + perBlock - 1) / perBlock, index -> {
            int first = index * perBlock;
            int rows = Math.min(perBlock, m - first);
            for (int row = first; row < first + rows; row++) {
                Pointer target = to.rows(row, 1).memory();
                Pointer.memcpy(target, from.rows(row, 1).memory(), (long) n * Float.BYTES);
            }
            Blas.gemm(alpha, left.rows(first, rows), right, 1, to.rows(first, rows));
        });
        keepUntilHere(d, a, b, c);
    }

    @Override
    public void gemmEach(INDArray a, INDArray b, INDArray c) {
        if (c.dataType() != DataType.FLOAT) {
            general().gemmEach(a, b, c);
            return;
        }
        int m = (int) a.size(0);
        int k = (int) a.size(1);
        int n = (int) b.size(2);
        NativeMatrix left = new NativeMatrix(Blas.floats(a), m, k, k);
        FloatPointer right = Blas.floats(b);
        FloatPointer out = Blas.floats(c);
        int count = (int) b.size(0);
        int parts = (int) Math.max(1, Math.min(threads.getAsInt(), (long) count * m * n * k / DIVISION_GRAIN));
        Parallel.run(parts, part -> {
            int end = (int) ((long) count * (part + 1) / parts);
            for (long i = (long) count * part / parts; i < end; i++) {
                NativeMatrix each = new NativeMatrix(right.getPointer(i * k * n), k, n, n);
                Blas.gemm(1, left, each, 0, new NativeMatrix(out.getPointer(i * m * n), m, n, n));
            }
        });
        keepUntilHere(a, b, c);
    }

    @Override
    public void fillRows(INDArray vector, INDArray out) {
        if (out.dataType() != DataType.FLOAT || (out.size(1) > 1 && out.stride(1) != 1)) {
            general().fillRows(vector, out);
            return;
        }
        int rows = (int) out.size(0);
        int width = (int) out.size(1);
        int stride = rows == 1 ? width : out.stride(0);
        float[] row = new float[width];
        Blas.buffer(vector).get(row, 0, width);
        FloatBuffer to = Blas.buffer(out);
        int parts = (int) Math.max(1, Math.min(threads.getAsInt(), (long) rows * width / FILL_GRAIN));
        Parallel.run(parts, part -> {
            int end = (int) ((long) rows * (part + 1) / parts);
            for (int t = (int) ((long) rows * part / parts); t < end; t++) {
                to.put(t * stride, row, 0, width);
            }
        });
        keepUntilHere(vector, out);
    }

    @Override
    public void add(INDArray a, INDArray c) {
        if (c.dataType() != DataType.FLOAT || !Views.isContiguous(a) || !Views.isContiguous(c)) {
            general().add(a, c);
            return;
        }
        Blas.add((int) c.length(), Blas.floats(a), Blas.floats(c));
        keepUntilHere(a, c);
    }

    @Override
    public void clear(INDArray array) {
        if (array.dataType() != DataType.FLOAT || !Views.isContiguous(array)) {
            general().clear(array);
            return;
        }
        FloatBuffer numbers = Blas.buffer(array);
        int length = (int) array.length();
        for (int from = 0; from < length; from += ZEROS.length) {
            numbers.put(from, ZEROS, 0, Math.min(ZEROS.length, length - from));
        }
        keepUntilHere(array);
    }

    @Override
    public void read(INDArray from, double[] to) {
        int length = (int) from.length();
        if (!Views.isContiguous(from)) {
            general().read(from, to);
        } else if (from.dataType() == DataType.FLOAT) {
            FloatBuffer numbers = Blas.buffer(from);
            for (int i = 0; i < length; i++) {
                to[i] = numbers.get(i);
            }
        } else {
            Blas.doubleBuffer(from).get(to, 0, length);
        }
        keepUntilHere(from);
    }

    @Override
    public void write(double[] from, INDArray to) {
        int length = (int) to.length();
        if (!Views.isContiguous(to)) {
            general().write(from, to);
        } else if (to.dataType() == DataType.FLOAT) {
            FloatBuffer numbers = Blas.buffer(to);
            for (int i = 0; i < length; i++) {
                numbers.put(i, (float) from[i]);
            }
        } else {
            Blas.doubleBuffer(to).put(from, 0, length);
        }
        keepUntilHere(to);
    }

    /**
     * Keeps the operands' arrays reachable: native memory does not keep its array, so that an array which the caller no
     * longer holds would be freed during the call. Called where a computation ends; a computation that fails has no
     * result to spoil.
     */
    @SuppressWarnings("ReachabilityFenceUsage")
    private static void keepUntilHere(Object... operands) {
        for (Object operand : operands) {
            Reference.reachabilityFence(operand);
        }
    }

    /** Computes the cases that are not implemented here. */
    private Nd4jBackend general() {
        Blas.beforeDivisible();
        return general;
    }

    private int parts(int m, int n, int k) {
        if (!Blas.isSingleThreaded()) {
            return 1;
        }
        long work = (long) m * n * k;
        return (int) Math.max(1, Math.min(Math.min(threads.getAsInt(), Math.max(m, n)), work / DIVISION_GRAIN));
    }

    /** The number of rows of the first factor that make a block of the dense matrix that fits the cache. */
    private static int blockRows(FactorMemory memory) {
        return Math.max(1, SUM_BLOCK / (memory.firstCols() * memory.restLength()));
    }

    private static void materializeBlock(FactorMemory memory, int m, int firstRow, int rows, FloatBuffer dense) {
        Scratch scratch = SCRATCH.get();
        int first = memory.length(0);
        int rest = memory.restLength();
        int firstColumn = firstRow * memory.firstCols();
        int part = rows * memory.firstCols();
        float[] ordered = scratch.dense(part * rest);
        if (memory.d == 1) {
            memory.weightedSum(m, scratch, ordered);
        } else {
            FloatPointer products = scratch.products(part * rest);
            FloatPointer left = memory.weightedFirst(m, scratch).getPointer(firstColumn);
            NativeMatrix trailing = new NativeMatrix(memory.trailing(m, scratch), memory.s, rest, rest);
            NativeMatrix some = new NativeMatrix(left, memory.s, part, first);
            Blas.gemm(1, some.transpose(), trailing, 0, new NativeMatrix(products, part, rest, rest));
            float[] unordered = scratch.unordered(part * rest);
            products.get(unordered, 0, part * rest);
            memory.order(unordered, ordered, rows);
        }
        dense.put((m * first + firstColumn) * rest, ordered, 0, part * rest);
    }

    private static void gradientOne(FactorMemory memory, FactorMemory gradients, int m, FloatBuffer dense) {
        Scratch scratch = SCRATCH.get();
        int first = memory.length(0);
        int rest = memory.restLength();
        if (memory.d == 1) {
            float[] whole = scratch.dense(first);
            dense.get(m * first, whole, 0, first);
            memory.weightedSumGradient(m, whole, gradients);
            return;
        }
        int s = memory.s;
        NativeMatrix trailing = new NativeMatrix(memory.trailing(m, scratch), s, rest, rest);
        NativeMatrix left = new NativeMatrix(memory.weightedFirst(m, scratch), s, first, first);
        NativeMatrix gradFirst = new NativeMatrix(gradients.pointer(0, m), s, first, first);
        FloatPointer restMemory = memory.d == 2 ? gradients.pointer(1, m) : scratch.gradRest(s * rest);
        NativeMatrix gradRest = new NativeMatrix(restMemory, s, rest, rest);
        int block = blockRows(memory);
        for (int row = 0; row < memory.firstRows(); row += block) {
            int rows = Math.min(block, memory.firstRows() - row);
            int column = row * memory.firstCols();
            int part = rows * memory.firstCols();
            NativeMatrix products = new NativeMatrix(
                    gradProducts(memory, dense, (m * first + column) * rest, rows, scratch), part, rest, rest);
            Blas.gemm(1, trailing, products.transpose(), 0, gradFirst.columns(column, part));
            Blas.gemm(1, left.columns(column, part), products, row == 0 ? 0 : 1, gradRest);
        }
        memory.finishFirstGradient(m, gradients);
        if (memory.d > 2) {
            memory.unfold(m, restMemory, gradients);
        }
    }

    /** The gradient of a range of dense rows, in the order of the products. */
    private static FloatPointer gradProducts(
            FactorMemory memory, FloatBuffer dense, int from, int rows, Scratch scratch) {
        int length = rows * memory.firstCols() * memory.restLength();
        float[] ordered = scratch.dense(length);
        dense.get(from, ordered, 0, length);
        float[] unordered = scratch.unordered(length);
        memory.unorder(ordered, unordered, rows);
        FloatPointer products = scratch.products(length);
        products.put(unordered, 0, length);
        return products;
    }
}
