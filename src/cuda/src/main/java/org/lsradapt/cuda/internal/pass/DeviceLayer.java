package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Arena;
import org.lsradapt.cuda.internal.ElementType;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.lsr.weights.JoinedWeight;
import org.lsradapt.lsr.weights.StoredWeight;

/**
 * A frozen linear layer in device memory. Its weight W [in, out] is a matrix, or blocks that are widened to one before each
 * product.
 *
 * @param bias address of b, or 0
 * @param matrix W or Wᵀ; null if the weight is in blocks
 * @param blocks rows of Wᵀ in order; empty if the weight is a matrix
 */
record DeviceLayer(
        Engine engine,
        int in,
        int out,
        long bias,
        Engine.@Nullable Matrix matrix,
        boolean transposed,
        List<Blocks> blocks) {

    /** A range of rows of Wᵀ in blocks of Q8_0 or Q4_0. */
    record Blocks(long address, WeightFormat format, int rows) {}

    /**
     * Uploads a layer. Blocks and numbers in the products' type are uploaded as stored; others are converted to FLOAT first.
     *
     * @param bias address of b, or 0
     * @param keepsBlocks whether to keep blocks in device memory
     * @param loading temporary memory for FLOAT that is rounded on the device
     */
    static DeviceLayer upload(
            Engine engine, FrozenWeight weight, long bias, boolean keepsBlocks, Arena arena, Arena loading) {
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
            return new DeviceLayer(engine, in, out, bias, new Engine.Matrix(address, in, type), true, List.of());
        }
        if (keepsBlocks && isIn(parts, List.of(WeightFormat.Q8_0, WeightFormat.Q4_0))) {
            List<Blocks> blocks = new ArrayList<>();
            for (StoredMatrix part : parts) {
                long address = arena.take(part.bytes());
                engine.transfers.up(part, address);
                blocks.add(new Blocks(address, part.format(), part.rows()));
            }
            return new DeviceLayer(engine, in, out, bias, null, true, List.copyOf(blocks));
        }
        loading.clear();
        long dense = engine.transfers.up(weight, in, out, type == ElementType.F32 ? arena : loading);
        Engine.Matrix matrix = engine.rounded(new Engine.Matrix(dense, out), in, out, arena);
        return new DeviceLayer(engine, in, out, bias, matrix, false, List.of());
    }

    /** The stored matrices of a weight, each with some rows of Wᵀ; empty if the weight is stored in another way. */
    private static List<StoredMatrix> parts(FrozenWeight weight) {
        List<FrozenWeight> parts = weight instanceof JoinedWeight joined ? joined.parts() : List.of(weight);
        return parts.stream().allMatch(StoredWeight.class::isInstance)
                ? parts.stream().map(part -> ((StoredWeight) part).transposed()).toList()
                : List.of();
    }

    private static boolean isIn(List<StoredMatrix> parts, List<WeightFormat> formats) {
        return !parts.isEmpty() && parts.stream().allMatch(part -> formats.contains(part.format()));
    }

    /** A layer of some of its outputs, which shares this memory. */
    DeviceLayer columns(int from, int count) {
        long offset = bias == 0 ? 0 : bias + (long) Float.BYTES * from;
        if (matrix != null) {
            Engine.Matrix some = transposed ? matrix.fromRow(from) : matrix.from(from);
            return new DeviceLayer(engine, in, count, offset, some, transposed, List.of());
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
        return new DeviceLayer(engine, in, count, offset, null, true, List.copyOf(some));
    }

    /** y ← x·W + b, for x [rows, in] in FLOAT. */
    void forward(long x, long y, int rows) {
        forward(new Engine.Matrix(x, in), y, rows);
    }

    /** y ← x·W + b, for x [rows, in]. */
    void forward(Engine.Matrix x, long y, int rows) {
        engine.project(x, widened(), transposed, bias, new Engine.Matrix(y, out), rows, out, in);
    }

    /** gx ← gy·Wᵀ + beta·gx, for gy [rows, out] in FLOAT. */
    void backward(long gy, double beta, long gx, int rows) {
        backward(new Engine.Matrix(gy, out), beta, gx, rows);
    }

    /** gx ← gy·Wᵀ + beta·gx, for gy [rows, out]. */
    void backward(Engine.Matrix gy, double beta, long gx, int rows) {
        engine.multiply(gy, widened(), !transposed, new Engine.Matrix(gx, in), rows, in, out, 1, beta);
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
