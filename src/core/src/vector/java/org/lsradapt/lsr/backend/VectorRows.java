package org.lsradapt.lsr.backend;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * Products of a stored matrix with several rows. Rows of the matrix are read and turned into floats once; two of them are
 * then multiplied by four rows at a time. Each product adds in the order of {@link VectorKernels#multiply}, so that it is
 * bit-identical to that of its row alone.
 */
final class VectorRows {
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    private static final VectorSpecies<Float> FOUR = FloatVector.SPECIES_128;

    private static final int LANES = FLOATS.length();

    private static final int BLOCK = 32;

    /** Rows that are multiplied at a time. */
    private static final int GROUP = 4;

    /** Rows of the matrix that are kept as floats at a time. */
    private static final int TILE = 4;

    private static final ThreadLocal<Tile> OWN = ThreadLocal.withInitial(Tile::new);

    private VectorRows() {}

    /** Rows of the matrix as floats in the order of the kernels, with the numbers of their blocks. */
    private static final class Tile {
        private final float[] sums = new float[2 * GROUP];
        private float[] numbers = new float[0];
        private float[] scales = new float[0];
        private float[] minima = new float[0];

        void reserve(int columns) {
            numbers = Scratch.grown(numbers, TILE * columns);
            scales = Scratch.grown(scales, TILE * (columns / BLOCK));
            minima = Scratch.grown(minima, TILE * (columns / BLOCK));
        }
    }

    private static int groupLength(WeightFormat format, int columns) {
        return GROUP * (columns + (format.hasMinimum() ? columns / BLOCK : 0));
    }

    static int arrangedLength(WeightFormat format, int rows, int columns) {
        return (rows + GROUP - 1) / GROUP * groupLength(format, columns);
    }

    /**
     * Arranges rows in groups of four: a vector of each in turn, in the order of the kernels.
     *
     * @param row a row as {@link VectorKernels#arrange} leaves it
     */
    static void arrange(WeightFormat format, float[] row, int index, int columns, float[] to) {
        int at = index / GROUP * groupLength(format, columns);
        int place = index % GROUP;
        if (place == 0) {
            Arrays.fill(to, at, at + groupLength(format, columns), 0);
        }
        int whole = format == WeightFormat.BF16 ? columns - columns % (2 * LANES) : columns;
        for (int i = 0; i < whole; i += LANES) {
            System.arraycopy(row, source(format, i), to, at + GROUP * i + place * LANES, LANES);
        }
        for (int i = whole; i < columns; i++) {
            to[at + GROUP * i + place] = row[i];
        }
        for (int block = 0; format.hasMinimum() && block < columns / BLOCK; block++) {
            to[at + GROUP * (columns + block) + place] = row[columns + block];
        }
    }

    /** Where a vector comes from: formats of four bits have both halves of a block in the same bytes. */
    private static int source(WeightFormat format, int i) {
        if (format == WeightFormat.BF16 || format == WeightFormat.Q8_0) {
            return i;
        }
        int inBlock = i % BLOCK;
        return i - inBlock + inBlock / (2 * LANES) * LANES + inBlock / LANES % 2 * (BLOCK / 2);
    }

    /**
     * Multiplies some rows of the matrix.
     *
     * @param products [rows, to - from], overwritten
     */
    static void multiply(StoredMatrix stored, int from, int to, float[] arranged, int rows, float[] products) {
        StoredRows read = new StoredRows(stored, to, TILE);
        Tile tile = OWN.get();
        tile.reserve(stored.columns());
        for (int first = from; first < to; first += TILE) {
            int count = Math.min(TILE, to - first);
            for (int i = 0; i < count; i++) {
                widen(stored, read.bytes, read.at(first + i), tile, i);
            }
            for (int group = 0; group < rows; group += GROUP) {
                int at = group / GROUP * groupLength(stored.format(), stored.columns());
                for (int i = 0; i < count; i += 2) {
                    multiply(stored, tile, i, Math.min(i + 1, count - 1), arranged, at);
                    for (int row = group; row < Math.min(rows, group + GROUP); row++) {
                        int place = row * (to - from) + first - from + i;
                        products[place] = tile.sums[row - group];
                        if (i + 1 < count) {
                            products[place + 1] = tile.sums[GROUP + row - group];
                        }
                    }
                }
            }
        }
    }

    private static void widen(StoredMatrix stored, byte[] bytes, int at, Tile tile, int row) {
        int columns = stored.columns();
        switch (stored.format()) {
            case BF16 -> VectorKernels.widen(bytes, at, columns, tile.numbers, row * columns);
            case Q8_0 ->
                VectorKernels.eightBits(
                        bytes, at, columns, tile.numbers, row * columns, tile.scales, row * (columns / BLOCK));
            default ->
                VectorKernels.fourBits(
                        stored.format(),
                        bytes,
                        at,
                        columns,
                        tile.numbers,
                        row * columns,
                        tile.scales,
                        tile.minima,
                        row * (columns / BLOCK));
        }
    }

    private static void multiply(StoredMatrix stored, Tile tile, int row, int other, float[] arranged, int at) {
        int columns = stored.columns();
        if (stored.format() == WeightFormat.BF16) {
            bfloat16(tile.numbers, row * columns, columns, arranged, at, tile.sums, 0);
            bfloat16(tile.numbers, other * columns, columns, arranged, at, tile.sums, GROUP);
            return;
        }
        int blocks = columns / BLOCK;
        blocks(
                tile.numbers,
                row * columns,
                other * columns,
                tile.scales,
                row * blocks,
                other * blocks,
                blocks,
                arranged,
                at,
                tile.sums);
        if (stored.format().hasMinimum()) {
            addMinima(tile.minima, row * blocks, blocks, arranged, at + GROUP * columns, tile.sums, 0);
            addMinima(tile.minima, other * blocks, blocks, arranged, at + GROUP * columns, tile.sums, GROUP);
        }
    }

    /** Multiplies two rows of the matrix, which share each vector of the four rows. */
    private static void blocks(
            float[] numbers,
            int first,
            int second,
            float[] scales,
            int firstScale,
            int secondScale,
            int blocks,
            float[] rows,
            int at,
            float[] to) {
        FloatVector a = FloatVector.zero(FLOATS);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        FloatVector e = a;
        FloatVector f = a;
        FloatVector g = a;
        FloatVector h = a;
        for (int block = 0; block < blocks; block++) {
            FloatVector partA = FloatVector.zero(FLOATS);
            FloatVector partB = partA;
            FloatVector partC = partA;
            FloatVector partD = partA;
            FloatVector partE = partA;
            FloatVector partF = partA;
            FloatVector partG = partA;
            FloatVector partH = partA;
            for (int j = 0; j < BLOCK; j += LANES) {
                FloatVector v = FloatVector.fromArray(FLOATS, numbers, first + block * BLOCK + j);
                FloatVector w = FloatVector.fromArray(FLOATS, numbers, second + block * BLOCK + j);
                int place = at + GROUP * (block * BLOCK + j);
                FloatVector x = FloatVector.fromArray(FLOATS, rows, place);
                partA = v.fma(x, partA);
                partE = w.fma(x, partE);
                x = FloatVector.fromArray(FLOATS, rows, place + LANES);
                partB = v.fma(x, partB);
                partF = w.fma(x, partF);
                x = FloatVector.fromArray(FLOATS, rows, place + 2 * LANES);
                partC = v.fma(x, partC);
                partG = w.fma(x, partG);
                x = FloatVector.fromArray(FLOATS, rows, place + 3 * LANES);
                partD = v.fma(x, partD);
                partH = w.fma(x, partH);
            }
            FloatVector scale = FloatVector.broadcast(FLOATS, scales[firstScale + block]);
            a = partA.fma(scale, a);
            b = partB.fma(scale, b);
            c = partC.fma(scale, c);
            d = partD.fma(scale, d);
            scale = FloatVector.broadcast(FLOATS, scales[secondScale + block]);
            e = partE.fma(scale, e);
            f = partF.fma(scale, f);
            g = partG.fma(scale, g);
            h = partH.fma(scale, h);
        }
        to[0] = VectorKernels.total(a);
        to[1] = VectorKernels.total(b);
        to[2] = VectorKernels.total(c);
        to[3] = VectorKernels.total(d);
        to[4] = VectorKernels.total(e);
        to[5] = VectorKernels.total(f);
        to[6] = VectorKernels.total(g);
        to[7] = VectorKernels.total(h);
    }

    /** Adds each minimum times the sum of its block's elements; product and sum are rounded separately. */
    private static void addMinima(float[] minima, int first, int blocks, float[] rows, int at, float[] to, int toAt) {
        FloatVector sum = FloatVector.zero(FOUR);
        for (int block = 0; block < blocks; block++) {
            sum = FloatVector.fromArray(FOUR, rows, at + GROUP * block)
                    .mul(minima[first + block])
                    .add(sum);
        }
        FloatVector.fromArray(FOUR, to, toAt).add(sum).intoArray(to, toAt);
    }

    private static void bfloat16(float[] numbers, int first, int columns, float[] rows, int at, float[] to, int toAt) {
        FloatVector evenA = FloatVector.zero(FLOATS);
        FloatVector evenB = evenA;
        FloatVector evenC = evenA;
        FloatVector evenD = evenA;
        FloatVector oddA = evenA;
        FloatVector oddB = evenA;
        FloatVector oddC = evenA;
        FloatVector oddD = evenA;
        int whole = columns - columns % (2 * LANES);
        for (int i = 0; i < whole; i += 2 * LANES) {
            FloatVector even = FloatVector.fromArray(FLOATS, numbers, first + i);
            FloatVector odd = FloatVector.fromArray(FLOATS, numbers, first + i + LANES);
            int x = at + GROUP * i;
            evenA = even.fma(FloatVector.fromArray(FLOATS, rows, x), evenA);
            evenB = even.fma(FloatVector.fromArray(FLOATS, rows, x + LANES), evenB);
            evenC = even.fma(FloatVector.fromArray(FLOATS, rows, x + 2 * LANES), evenC);
            evenD = even.fma(FloatVector.fromArray(FLOATS, rows, x + 3 * LANES), evenD);
            oddA = odd.fma(FloatVector.fromArray(FLOATS, rows, x + 4 * LANES), oddA);
            oddB = odd.fma(FloatVector.fromArray(FLOATS, rows, x + 5 * LANES), oddB);
            oddC = odd.fma(FloatVector.fromArray(FLOATS, rows, x + 6 * LANES), oddC);
            oddD = odd.fma(FloatVector.fromArray(FLOATS, rows, x + 7 * LANES), oddD);
        }
        to[toAt] = VectorKernels.total(evenA.add(oddA));
        to[toAt + 1] = VectorKernels.total(evenB.add(oddB));
        to[toAt + 2] = VectorKernels.total(evenC.add(oddC));
        to[toAt + 3] = VectorKernels.total(evenD.add(oddD));
        for (int i = whole; i < columns; i++) {
            for (int row = 0; row < GROUP; row++) {
                to[toAt + row] += numbers[first + i] * rows[at + GROUP * i + row];
            }
        }
    }
}
