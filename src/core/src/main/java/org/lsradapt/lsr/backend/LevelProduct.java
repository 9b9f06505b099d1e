package org.lsradapt.lsr.backend;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;
import org.lsradapt.lsr.internal.AlignedMemory;
import org.lsradapt.lsr.internal.NativeMatrix;
import org.lsradapt.lsr.internal.OneDnnLevels;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.storage.ByteLevels;

/**
 * A product of FLOAT activations with packed byte levels, on the CPU: C ← A·Sᵀ + beta·C. A range of A's rows at a time
 * is rounded to bytes; blocks of them are multiplied by panels of S while both are in the cache.
 *
 * @param a A, not transposed
 * @param c C, not transposed
 */
record LevelProduct(NativeMatrix a, ByteLevels levels, float beta, NativeMatrix c) {

    private static final int ROWS = 256;

    /** Short blocks are a multiple of this number of rows and a remainder, so that few lengths are compiled. */
    private static final int STEP = 16;

    private static final ThreadLocal<Memory> OWN = ThreadLocal.withInitial(Memory::new);

    private static final class Memory {
        private BytePointer rounded = new BytePointer(0);
        private FloatPointer factors = new FloatPointer(0);
        private FloatPointer scales = new FloatPointer(0);
        private FloatPointer products = new FloatPointer(0);
    }

    private record Block(int first, int rows) {}

    void run(int threads) {
        int k = a.columns();
        int most = ROWS * threads;
        Memory memory = OWN.get();
        int atOnce = Math.min(most, a.rows());
        memory.rounded = Scratch.grown(memory.rounded, (long) atOnce * k, AlignedMemory::bytes);
        memory.factors = Scratch.grown(memory.factors, atOnce, AlignedMemory::floats);
        memory.scales = Scratch.grown(memory.scales, atOnce, AlignedMemory::floats);
        for (int first = 0; first < a.rows(); first += most) {
            int from = first;
            List<Block> blocks = blocks(Math.min(most, a.rows() - first));
            Parallel.run(blocks.size(), block -> round(memory, from, blocks.get(block)));
            int panels = levels.panels().size();
            Parallel.run(blocks.size() * panels, task -> {
                multiply(
                        memory, from, blocks.get(task / panels), levels.panels().get(task % panels));
            });
        }
    }

    private static List<Block> blocks(int rows) {
        List<Block> blocks = new ArrayList<>();
        int first = 0;
        while (first < rows) {
            int left = rows - first;
            int some = left < STEP ? left : Math.min(ROWS, left / STEP * STEP);
            blocks.add(new Block(first, some));
            first += some;
        }
        return blocks;
    }

    private void round(Memory memory, int from, Block block) {
        int k = a.columns();
        NativeMatrix some = a.rows(from + block.first, block.rows);
        BytePointer to = memory.rounded.getPointer((long) block.first * k);
        float[] scales = new float[block.rows];
        RowKernels vectors = RowKernels.installed();
        if (vectors != null) {
            vectors.round(bytes(some), a.stride(), k, bytes(to, (long) block.rows * k), scales);
            memory.scales.getPointer(block.first).put(scales, 0, block.rows);
            return;
        }
        float[] factors = new float[block.rows];
        for (int row = 0; row < block.rows; row++) {
            float largest = largest((FloatPointer) some.rows(row, 1).memory(), k);
            scales[row] = ByteLevels.scale(largest);
            factors[row] = ByteLevels.factor(largest);
        }
        memory.scales.getPointer(block.first).put(scales, 0, block.rows);
        FloatPointer there = memory.factors.getPointer(block.first);
        there.put(factors, 0, block.rows);
        OneDnnLevels.round(block.rows, k, (FloatPointer) some.memory(), a.stride(), there, to);
    }

    /** The largest absolute value of a row; NaN or infinite if one of its elements is. */
    private static float largest(FloatPointer row, int length) {
        // In a row with a NaN, BLAS may return any element; then the sum of squares is NaN or overflows.
        float squares = openblas.cblas_sdot(length, row, 1, row, 1);
        if (Float.isFinite(squares)) {
            return Math.abs(row.get(openblas.cblas_isamax(length, row, 1)));
        }
        float[] numbers = new float[length];
        row.get(numbers, 0, length);
        return ByteLevels.largest(numbers, 0, length);
    }

    private void multiply(Memory memory, int from, Block block, ByteLevels.Panel panel) {
        int k = a.columns();
        int n = panel.rows();
        Memory own = OWN.get();
        own.products = Scratch.grown(own.products, (long) block.rows * n, AlignedMemory::floats);
        BytePointer rounded = memory.rounded.getPointer((long) block.first * k);
        OneDnnLevels.multiply(block.rows, k, n, rounded, panel.memory(), panel.scales(), own.products);
        NativeMatrix out = c.block(from + block.first, block.rows, panel.first(), n);
        OneDnnLevels.scale(
                block.rows,
                n,
                own.products,
                memory.scales.getPointer(block.first),
                beta,
                (FloatPointer) out.memory(),
                c.stride());
    }

    /** All memory from the first to the last element of a FLOAT matrix. */
    private static ByteBuffer bytes(NativeMatrix matrix) {
        long numbers = (matrix.rows() - 1L) * matrix.stride() + matrix.columns();
        return bytes(matrix.memory(), numbers * Float.BYTES);
    }

    private static ByteBuffer bytes(Pointer memory, long count) {
        return new BytePointer(memory).capacity(count).asBuffer();
    }
}
