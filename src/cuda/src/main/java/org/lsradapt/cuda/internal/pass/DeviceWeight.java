package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementType;
import org.lsradapt.lsr.FrozenWeight;
import org.lsradapt.lsr.JoinedWeight;
import org.lsradapt.lsr.StoredWeight;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * The frozen weight W [in, out] of a linear layer in device memory: a matrix, or blocks that are widened to one before each
 * product.
 */
final class DeviceWeight {
    private final Engine engine;
    private final int in;
    private final int out;
    /** W or Wᵀ; null if the weight is in blocks. */
    private final Engine.@Nullable Matrix matrix;

    private final boolean transposed;
    /** Rows of Wᵀ in order; empty if the weight is a matrix. */
    private final List<Blocks> blocks;

    /**
     * A range of rows of Wᵀ in blocks.
     *
     * @param address of the first block
     * @param format Q8_0 or Q4_0
     */
    private record Blocks(long address, WeightFormat format, int rows) {}

    private DeviceWeight(
            Engine engine, int in, int out, Engine.@Nullable Matrix matrix, boolean transposed, List<Blocks> blocks) {
        this.engine = engine;
        this.in = in;
        this.out = out;
        this.matrix = matrix;
        this.transposed = transposed;
        this.blocks = blocks;
    }

    /**
     * Uploads a weight. Blocks and numbers in the products' type are uploaded as stored; others are converted to FLOAT
     * first.
     *
     * @param keepsBlocks whether to keep blocks in device memory
     * @param arena memory for the weight
     * @param loading temporary memory for FLOAT that is rounded on the device
     */
    static DeviceWeight upload(Engine engine, FrozenWeight weight, boolean keepsBlocks, Arena arena, Arena loading) {
        int in = weight.inFeatures();
        int out = weight.outFeatures();
        ElementType type = engine.precision.operands();
        List<StoredMatrix> parts = parts(weight);
        WeightFormat same = type == ElementType.F32 ? WeightFormat.F32 : WeightFormat.BF16;
        if (isIn(parts, List.of(same))) {
            long address = arena.take((long) type.bytes() * in * out);
            long at = address;
            for (StoredMatrix part : parts) {
                engine.transfers.up(part, at);
                at += part.bytes();
            }
            return new DeviceWeight(engine, in, out, new Engine.Matrix(address, in, type), true, List.of());
        }
        if (keepsBlocks && isIn(parts, List.of(WeightFormat.Q8_0, WeightFormat.Q4_0))) {
            List<Blocks> blocks = new ArrayList<>();
            for (StoredMatrix part : parts) {
                long address = arena.take(part.bytes());
                engine.transfers.up(part, address);
                blocks.add(new Blocks(address, part.format(), part.rows()));
            }
            return new DeviceWeight(engine, in, out, null, true, List.copyOf(blocks));
        }
        loading.clear();
        long dense = engine.transfers.up(weight, in, out, type == ElementType.F32 ? arena : loading);
        Engine.Matrix matrix = engine.rounded(new Engine.Matrix(dense, out), in, out, arena);
        return new DeviceWeight(engine, in, out, matrix, false, List.of());
    }

    /** The stored matrices of a weight, each with some rows of Wᵀ; empty if the weight is stored in another way. */
    private static List<StoredMatrix> parts(FrozenWeight weight) {
        if (weight instanceof StoredWeight stored) {
            return List.of(stored.transposed());
        }
        List<StoredMatrix> parts = new ArrayList<>();
        if (weight instanceof JoinedWeight joined) {
            for (FrozenWeight part : joined.parts()) {
                if (!(part instanceof StoredWeight stored)) {
                    return List.of();
                }
                parts.add(stored.transposed());
            }
        }
        return parts;
    }

    private static boolean isIn(List<StoredMatrix> parts, List<WeightFormat> formats) {
        return !parts.isEmpty() && parts.stream().allMatch(part -> formats.contains(part.format()));
    }

    /** A weight of some of the columns, which shares this memory. */
    DeviceWeight columns(int from, int count) {
        if (matrix != null) {
            Engine.Matrix some = transposed ? matrix.fromRow(from) : matrix.from(from);
            return new DeviceWeight(engine, in, count, some, transposed, List.of());
        }
        List<Blocks> some = new ArrayList<>();
        int first = 0;
        for (Blocks part : blocks) {
            int begin = Math.max(from, first);
            int end = Math.min(from + count, first + part.rows());
            if (begin < end) {
                long address = part.address() + (begin - first) * part.format().bytes(in);
                some.add(new Blocks(address, part.format(), end - begin));
            }
            first += part.rows();
        }
        return new DeviceWeight(engine, in, count, null, true, List.copyOf(some));
    }

    /** y ← x·W + beta·y, for x [rows, in]. */
    void multiply(long x, double beta, long y, int rows) {
        multiply(new Engine.Matrix(x, in), !transposed, new Engine.Matrix(y, out), rows, out, in, beta);
    }

    /** x ← g·Wᵀ + beta·x, for g [rows, out]. */
    void multiplyTransposed(long g, double beta, long x, int rows) {
        multiply(new Engine.Matrix(g, out), transposed, new Engine.Matrix(x, in), rows, in, out, beta);
    }

    private void multiply(Engine.Matrix a, boolean plain, Engine.Matrix c, int m, int n, int k, double beta) {
        if (plain) {
            engine.multiply(a, widened(), c, m, n, k, 1, beta);
        } else {
            engine.multiplyTransposed(a, widened(), c, m, n, k, 1, beta);
        }
    }

    /** The matrix; for blocks, in memory that the next product overwrites. */
    private Engine.Matrix widened() {
        if (matrix != null) {
            return matrix;
        }
        ElementType type = engine.precision.operands();
        engine.widened.clear();
        long address = engine.widened.take((long) type.bytes() * in * out);
        long at = address;
        for (Blocks part : blocks) {
            long numbers = (long) part.rows() * in;
            engine.blocks.widen(part.format() == WeightFormat.Q8_0, part.address(), at, numbers);
            at += type.bytes() * numbers;
        }
        return new Engine.Matrix(address, in, type);
    }
}
