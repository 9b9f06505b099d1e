package org.lsradapt.lsr.backend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.HalfFloat;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * {@link RowKernels} through {@code jdk.incubator.vector}. Rows to multiply are first copied into a Java array: the JIT
 * reads a buffer's address and limit again for every vector that it loads from there. Widening to FLOAT and fused
 * multiply-adds were faster than products of bytes. Each format and result type has its own loop, over two rows or one:
 * a larger method is too large for the JIT, which then makes an object of each vector.
 */
final class VectorKernels implements RowKernels {

    /** The processor's widest vectors. */
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /** Vectors of as many bytes, ints and shorts as there are floats. */
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, part(4));

    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    private static final VectorSpecies<Byte> ALL_BYTES = VectorSpecies.of(byte.class, FLOATS.vectorShape());

    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, part(2));

    private static final int LANES = FLOATS.length();

    /** Elements of a block of Q8_0, Q4_0 and Q4_1. */
    private static final int BLOCK = 32;

    /** Whether short rows in Q8_0 are multiplied where they lie: faster from memory segments, slower from buffers. */
    private static final boolean IN_PLACE = VectorMemory.HAS_SEGMENTS;

    /** Rows that are copied at a time, an even number. */
    private static final int COPIED = 8;

    /** Columns from which on two copied rows in Q8_0 at a time are faster than one, on a Zen 4 and in place on a Zen 5. */
    private static final int LONG_ROW = IN_PLACE ? 4096 : 2048;

    private static final VectorShuffle<Float> BY_HALF = rotation(2);

    private static final VectorShuffle<Float> BY_QUARTER = rotation(4);

    private static final VectorShuffle<Float> BY_EIGHTH = rotation(8);

    private static final VectorShuffle<Float> BY_SIXTEENTH = rotation(16);

    private static final int Q8_0_BYTES = WeightFormat.Q8_0.blockBytes();
    private static final int Q4_0_BYTES = WeightFormat.Q4_0.blockBytes();
    private static final int Q4_1_BYTES = WeightFormat.Q4_1.blockBytes();

    /** Reads a number of two bytes from an array of bytes. */
    private static final VarHandle TWO_BYTES =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int UPPER_HALF = 0xffff0000;

    /** 1.5 · 2²³: adding it to a number rounds that to a whole number, to nearest, ties to even. */
    private static final float ROUNDING = 0x1.8p23f;

    /** Checks the processor; the message of a failure goes to the log. */
    VectorKernels() {
        if (LANES < 8 || LANES > 16) {
            throw new IllegalStateException(
                    "this processor has vectors of " + FLOATS.vectorBitSize() + " bits, expected 256 or 512");
        }
        VectorMemory.of(ByteBuffer.allocateDirect(0));
    }

    private static VectorShape part(int divisor) {
        return VectorShape.forBitSize(Math.max(64, FLOATS.vectorBitSize() / divisor));
    }

    @Override
    public String description() {
        return FLOATS.vectorBitSize() + " bits";
    }

    @Override
    public boolean multiplies(WeightFormat format) {
        return format == WeightFormat.BF16 || widens(format);
    }

    @Override
    public boolean widens(WeightFormat format) {
        return format == WeightFormat.Q8_0 || format == WeightFormat.Q4_0 || format == WeightFormat.Q4_1;
    }

    @Override
    public int arrangedLength(WeightFormat format, int length) {
        return format.hasMinimum() ? length + length / BLOCK : length;
    }

    /**
     * For BF16, each run of two vectors is arranged as its elements of even index, then those of odd index, since a
     * vector of ints holds one of each in every lane. For a format with minima, the sums of the blocks follow the row.
     */
    @Override
    public void arrange(WeightFormat format, float[] row, int length, float[] to) {
        if (format == WeightFormat.BF16) {
            int whole = whole(length);
            for (int i = 0; i < whole; i += 2 * LANES) {
                for (int j = 0; j < LANES; j++) {
                    to[i + j] = row[i + 2 * j];
                    to[i + LANES + j] = row[i + 2 * j + 1];
                }
            }
            System.arraycopy(row, whole, to, whole, length - whole);
            return;
        }
        System.arraycopy(row, 0, to, 0, length);
        for (int group = 0; format.hasMinimum() && group < length / BLOCK; group++) {
            float sum = 0;
            for (int i = group * BLOCK; i < (group + 1) * BLOCK; i++) {
                sum += row[i];
            }
            to[length + group] = sum;
        }
    }

    /** The number of elements of a row that fill runs of two vectors. */
    private static int whole(int length) {
        return length - length % (2 * LANES);
    }

    @Override
    public void multiply(StoredMatrix stored, int from, int to, float[] row, float[] products) {
        WeightFormat format = stored.format();
        int columns = stored.columns();
        boolean eightBits = format == WeightFormat.Q8_0;
        if (eightBits ? columns < LONG_ROW : format == WeightFormat.BF16) {
            StoredRows rows = new StoredRows(stored, to, eightBits && IN_PLACE ? 0 : 1);
            for (int i = from; i < to; i++) {
                int at = rows.at(i);
                products[i - from] = eightBits ? q8(rows, at, columns, row) : bfloat16(rows.bytes, columns, row);
            }
        } else {
            multiplyPairs(stored, from, to, row, products);
        }
    }

    /** Multiplies two rows at a time; if their number is odd, the last row twice. */
    private static void multiplyPairs(StoredMatrix stored, int from, int to, float[] row, float[] products) {
        int columns = stored.columns();
        StoredRows rows = new StoredRows(stored, to, COPIED);
        byte[] bytes = rows.bytes;
        float[] pair = new float[2];
        for (int i = from; i < to; i += 2) {
            int first = rows.at(i);
            int second = i + 1 < to ? rows.at(i + 1) : first;
            switch (stored.format()) {
                case Q8_0 -> q8(bytes, first, second, columns, row, pair);
                case Q4_0 -> q4(bytes, first, second, columns, row, pair);
                default -> q4WithMinimum(bytes, first, second, columns, row, pair);
            }
            System.arraycopy(pair, 0, products, i - from, Math.min(2, to - i));
        }
    }

    @Override
    public int arrangedLength(WeightFormat format, int rows, int length) {
        return VectorRows.arrangedLength(format, rows, length);
    }

    @Override
    public void arrange(WeightFormat format, float[] row, int index, int length, float[] alone, float[] to) {
        arrange(format, row, length, alone);
        VectorRows.arrange(format, alone, index, length, to);
    }

    @Override
    public void multiply(StoredMatrix stored, int from, int to, float[] arranged, int rows, float[] products) {
        VectorRows.multiply(stored, from, to, arranged, rows, products);
    }

    /** Turns a row in BF16 into floats, in the order of {@link #arrange}. */
    static void widen(byte[] bytes, int at, int columns, float[] to, int toAt) {
        int whole = whole(columns);
        for (int i = 0; i < whole; i += 2 * LANES) {
            IntVector pairs =
                    ByteVector.fromArray(ALL_BYTES, bytes, at + i * Short.BYTES).reinterpretAsInts();
            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(to, toAt + i);
            pairs.and(UPPER_HALF).reinterpretAsFloats().intoArray(to, toAt + i + LANES);
        }
        for (int i = whole; i < columns; i++) {
            to[toAt + i] = HalfFloat.fromBfloat16((short) TWO_BYTES.get(bytes, at + i * Short.BYTES));
        }
    }

    /** Turns a row's levels into floats, and its scales; {@code block} is the place of the first scale. */
    static void eightBits(byte[] bytes, int at, int columns, float[] to, int toAt, float[] scales, int block) {
        for (int i = 0; i < columns; i += BLOCK) {
            int own = at + i / BLOCK * Q8_0_BYTES;
            scales[block + i / BLOCK] = half(bytes, own);
            for (int j = 0; j < BLOCK; j += LANES) {
                floats(levels(bytes, own + Short.BYTES + j)).intoArray(to, toAt + i + j);
            }
        }
    }

    /** Turns a row's levels into floats like {@link #eightBits}: for each vector of bytes its lower, then its upper halves. */
    static void fourBits(
            WeightFormat format,
            byte[] bytes,
            int at,
            int columns,
            float[] to,
            int toAt,
            float[] scales,
            float[] minima,
            int block) {
        int header = header(format);
        int middle = format.hasMinimum() ? 0 : 8;
        for (int i = 0; i < columns; i += BLOCK) {
            int own = at + i / BLOCK * format.blockBytes();
            scales[block + i / BLOCK] = half(bytes, own);
            if (format.hasMinimum()) {
                minima[block + i / BLOCK] = half(bytes, own + Short.BYTES);
            }
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                IntVector pairs = ints(levels(bytes, own + header + j));
                floats(lower(pairs).sub(middle)).intoArray(to, toAt + i + 2 * j);
                floats(upper(pairs).sub(middle)).intoArray(to, toAt + i + 2 * j + LANES);
            }
        }
    }

    private static VectorShuffle<Float> rotation(int part) {
        return VectorShuffle.iota(FLOATS, Math.max(1, LANES / part), 1, true);
    }

    /** Adds the lanes in a fixed order, which {@code reduceLanes} has on Java 17 but not on newer JDKs. */
    static float total(FloatVector lanes) {
        if (!VectorMemory.HAS_SEGMENTS) {
            return lanes.reduceLanes(VectorOperators.ADD);
        }
        FloatVector sums = lanes.add(lanes.rearrange(BY_HALF));
        sums = sums.add(sums.rearrange(BY_QUARTER));
        sums = LANES < 8 ? sums : sums.add(sums.rearrange(BY_EIGHTH));
        sums = LANES < 16 ? sums : sums.add(sums.rearrange(BY_SIXTEENTH));
        return sums.lane(0);
    }

    private static float bfloat16(byte[] bytes, int columns, float[] row) {
        FloatVector even = FloatVector.zero(FLOATS);
        FloatVector odd = even;
        int whole = whole(columns);
        for (int i = 0; i < whole; i += 2 * LANES) {
            IntVector pairs =
                    ByteVector.fromArray(ALL_BYTES, bytes, i * Short.BYTES).reinterpretAsInts();
            even = pairs.lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats()
                    .fma(FloatVector.fromArray(FLOATS, row, i), even);
            odd = pairs.and(UPPER_HALF).reinterpretAsFloats().fma(FloatVector.fromArray(FLOATS, row, i + LANES), odd);
        }
        float sum = total(even.add(odd));
        for (int i = whole; i < columns; i++) {
            sum += HalfFloat.fromBfloat16((short) TWO_BYTES.get(bytes, i * Short.BYTES)) * row[i];
        }
        return sum;
    }

    private static float q8(StoredRows rows, int at, int columns, float[] row) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int block = 0;
        for (int i = 0; i < columns; i += BLOCK, block += Q8_0_BYTES) {
            FloatVector part = FloatVector.zero(FLOATS);
            for (int j = 0; j < BLOCK; j += LANES) {
                part = floats(levels(rows, at + block + Short.BYTES + j))
                        .fma(FloatVector.fromArray(FLOATS, row, i + j), part);
            }
            sum = part.fma(scale(rows, at + block), sum);
        }
        return total(sum);
    }

    private static void q8(byte[] bytes, int a, int b, int columns, float[] row, float[] sums) {
        FloatVector sumA = FloatVector.zero(FLOATS);
        FloatVector sumB = sumA;
        for (int block = 0; block < columns / BLOCK; block++) {
            int at = block * Q8_0_BYTES;
            FloatVector partA = FloatVector.zero(FLOATS);
            FloatVector partB = partA;
            for (int j = 0; j < BLOCK; j += LANES) {
                FloatVector x = FloatVector.fromArray(FLOATS, row, block * BLOCK + j);
                int levels = at + Short.BYTES + j;
                partA = floats(levels(bytes, a + levels)).fma(x, partA);
                partB = floats(levels(bytes, b + levels)).fma(x, partB);
            }
            sumA = partA.fma(scale(bytes, a + at), sumA);
            sumB = partB.fma(scale(bytes, b + at), sumB);
        }
        sums[0] = total(sumA);
        sums[1] = total(sumB);
    }

    private static void q4(byte[] bytes, int a, int b, int columns, float[] row, float[] sums) {
        FloatVector sumA = FloatVector.zero(FLOATS);
        FloatVector sumB = sumA;
        for (int block = 0; block < columns / BLOCK; block++) {
            int at = block * Q4_0_BYTES;
            FloatVector partA = FloatVector.zero(FLOATS);
            FloatVector partB = partA;
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                FloatVector x = FloatVector.fromArray(FLOATS, row, block * BLOCK + j);
                FloatVector y = FloatVector.fromArray(FLOATS, row, block * BLOCK + BLOCK / 2 + j);
                int levels = at + Short.BYTES + j;
                IntVector pairs = ints(levels(bytes, a + levels));
                partA = floats(lower(pairs).sub(8)).fma(x, partA);
                partA = floats(upper(pairs).sub(8)).fma(y, partA);
                pairs = ints(levels(bytes, b + levels));
                partB = floats(lower(pairs).sub(8)).fma(x, partB);
                partB = floats(upper(pairs).sub(8)).fma(y, partB);
            }
            sumA = partA.fma(scale(bytes, a + at), sumA);
            sumB = partB.fma(scale(bytes, b + at), sumB);
        }
        sums[0] = total(sumA);
        sums[1] = total(sumB);
    }

    /** Multiplies each minimum by the sum of its block's elements, which follow the row. */
    private static void q4WithMinimum(byte[] bytes, int a, int b, int columns, float[] row, float[] sums) {
        FloatVector sumA = FloatVector.zero(FLOATS);
        FloatVector sumB = sumA;
        float minimaA = 0;
        float minimaB = 0;
        for (int block = 0; block < columns / BLOCK; block++) {
            int at = block * Q4_1_BYTES;
            FloatVector partA = FloatVector.zero(FLOATS);
            FloatVector partB = partA;
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                FloatVector x = FloatVector.fromArray(FLOATS, row, block * BLOCK + j);
                FloatVector y = FloatVector.fromArray(FLOATS, row, block * BLOCK + BLOCK / 2 + j);
                int levels = at + 2 * Short.BYTES + j;
                IntVector pairs = ints(levels(bytes, a + levels));
                partA = floats(lower(pairs)).fma(x, partA);
                partA = floats(upper(pairs)).fma(y, partA);
                pairs = ints(levels(bytes, b + levels));
                partB = floats(lower(pairs)).fma(x, partB);
                partB = floats(upper(pairs)).fma(y, partB);
            }
            sumA = partA.fma(scale(bytes, a + at), sumA);
            sumB = partB.fma(scale(bytes, b + at), sumB);
            float ofBlock = row[columns + block];
            minimaA += half(bytes, a + at + Short.BYTES) * ofBlock;
            minimaB += half(bytes, b + at + Short.BYTES) * ofBlock;
        }
        sums[0] = total(sumA) + minimaA;
        sums[1] = total(sumB) + minimaB;
    }

    private static ByteVector levels(StoredRows rows, int at) {
        return IN_PLACE ? VectorMemory.bytes(rows.memory, at) : levels(rows.bytes, at);
    }

    private static FloatVector scale(StoredRows rows, int at) {
        return IN_PLACE ? scale(rows.buffer, at) : scale(rows.bytes, at);
    }

    private static FloatVector scale(byte[] bytes, int at) {
        return FloatVector.broadcast(FLOATS, half(bytes, at));
    }

    private static ByteVector levels(byte[] bytes, int at) {
        return ByteVector.fromArray(BYTES, bytes, at);
    }

    private static float half(byte[] bytes, int at) {
        return HalfFloat.fromHalf((short) TWO_BYTES.get(bytes, at));
    }

    @Override
    public void widen(StoredMatrix stored, int firstRow, int rows, int from, int numbers, ByteBuffer to) {
        Object out = VectorMemory.of(to);
        for (int i = 0; i < rows; i++) {
            if (stored.format() == WeightFormat.Q8_0) {
                eight(stored, firstRow + i, from, numbers, out, i * numbers * Float.BYTES);
            } else {
                four(stored, firstRow + i, from, numbers, out, i * numbers * Float.BYTES);
            }
        }
    }

    private static void eight(StoredMatrix stored, int row, int from, int numbers, Object to, int toAt) {
        ByteBuffer buffer = stored.memory();
        Object memory = VectorMemory.of(buffer);
        int block = row * stored.rowBytes() + from / BLOCK * Q8_0_BYTES;
        for (int i = 0; i < numbers; i += BLOCK, block += Q8_0_BYTES) {
            FloatVector scale = scale(buffer, block);
            for (int j = 0; j < BLOCK; j += LANES) {
                FloatVector levels = floats(VectorMemory.bytes(memory, block + Short.BYTES + j));
                VectorMemory.put(levels.mul(scale), to, toAt + (i + j) * Float.BYTES);
            }
        }
    }

    private static void four(StoredMatrix stored, int row, int from, int numbers, Object to, int toAt) {
        ByteBuffer buffer = stored.memory();
        Object memory = VectorMemory.of(buffer);
        WeightFormat format = stored.format();
        int block = row * stored.rowBytes() + (int) format.bytes(from);
        int header = header(format);
        for (int i = 0; i < numbers; i += BLOCK, block += format.blockBytes()) {
            FloatVector scale = scale(buffer, block);
            FloatVector minimum = minimum(format, buffer, block);
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                IntVector pairs = ints(VectorMemory.bytes(memory, block + header + j));
                int at = toAt + (i + j) * Float.BYTES;
                VectorMemory.put(four(format, lower(pairs), scale, minimum), to, at);
                VectorMemory.put(four(format, upper(pairs), scale, minimum), to, at + BLOCK / 2 * Float.BYTES);
            }
        }
    }

    @Override
    public void widenToBfloat16(StoredMatrix stored, int firstRow, int rows, int from, int numbers, ByteBuffer to) {
        Object out = VectorMemory.of(to);
        for (int i = 0; i < rows; i++) {
            if (stored.format() == WeightFormat.Q8_0) {
                eightToBfloat16(stored, firstRow + i, from, numbers, out, i * numbers * Short.BYTES);
            } else {
                fourToBfloat16(stored, firstRow + i, from, numbers, out, i * numbers * Short.BYTES);
            }
        }
    }

    private static void eightToBfloat16(StoredMatrix stored, int row, int from, int numbers, Object to, int toAt) {
        ByteBuffer buffer = stored.memory();
        Object memory = VectorMemory.of(buffer);
        int block = row * stored.rowBytes() + from / BLOCK * Q8_0_BYTES;
        for (int i = 0; i < numbers; i += BLOCK, block += Q8_0_BYTES) {
            FloatVector scale = scale(buffer, block);
            for (int j = 0; j < BLOCK; j += LANES) {
                FloatVector levels = floats(VectorMemory.bytes(memory, block + Short.BYTES + j));
                VectorMemory.put(rounded(levels.mul(scale)), to, toAt + (i + j) * Short.BYTES);
            }
        }
    }

    private static void fourToBfloat16(StoredMatrix stored, int row, int from, int numbers, Object to, int toAt) {
        ByteBuffer buffer = stored.memory();
        Object memory = VectorMemory.of(buffer);
        WeightFormat format = stored.format();
        int block = row * stored.rowBytes() + (int) format.bytes(from);
        int header = header(format);
        for (int i = 0; i < numbers; i += BLOCK, block += format.blockBytes()) {
            FloatVector scale = scale(buffer, block);
            FloatVector minimum = minimum(format, buffer, block);
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                IntVector pairs = ints(VectorMemory.bytes(memory, block + header + j));
                int at = toAt + (i + j) * Short.BYTES;
                VectorMemory.put(rounded(four(format, lower(pairs), scale, minimum)), to, at);
                VectorMemory.put(rounded(four(format, upper(pairs), scale, minimum)), to, at + BLOCK / 2 * Short.BYTES);
            }
        }
    }

    @Override
    public void round(ByteBuffer from, int stride, int columns, ByteBuffer to, float[] scales) {
        ByteBuffer ordered = from.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        Object numbers = VectorMemory.of(from);
        float[] largest = new float[scales.length];
        largest(numbers, ordered, stride, columns, largest);
        for (int row = 0; row < scales.length; row++) {
            scales[row] = ByteLevels.scale(largest[row]);
            largest[row] = ByteLevels.factor(largest[row]);
        }
        round(numbers, ordered, stride, columns, largest, VectorMemory.of(to), to);
    }

    private static void largest(Object memory, ByteBuffer buffer, int stride, int columns, float[] largest) {
        for (int row = 0; row < largest.length; row++) {
            largest[row] = largest(memory, buffer, row * stride * Float.BYTES, columns);
        }
    }

    private static void round(
            Object memory, ByteBuffer buffer, int stride, int columns, float[] factors, Object levels, ByteBuffer to) {
        for (int row = 0; row < factors.length; row++) {
            round(memory, buffer, row * stride * Float.BYTES, columns, factors[row], levels, to, row * columns);
        }
    }

    /** Finds the largest absolute value; the bits of absolute values compare like the values, NaN above all. */
    private static float largest(Object memory, ByteBuffer buffer, int at, int columns) {
        IntVector most = IntVector.zero(INTS);
        int i = 0;
        for (; i <= columns - LANES; i += LANES) {
            most = most.max(VectorMemory.ints(memory, at + i * Float.BYTES).and(Integer.MAX_VALUE));
        }
        int largest = most.reduceLanes(VectorOperators.MAX);
        for (; i < columns; i++) {
            largest = Math.max(largest, buffer.getInt(at + i * Float.BYTES) & Integer.MAX_VALUE);
        }
        return Float.intBitsToFloat(largest);
    }

    /** A number up to 2²² plus {@link #ROUNDING} has the rounded number in its last bits, in two's complement. */
    private static void round(
            Object memory,
            ByteBuffer buffer,
            int at,
            int columns,
            float factor,
            Object levels,
            ByteBuffer to,
            int toAt) {
        int i = 0;
        for (; i <= columns - LANES; i += LANES) {
            FloatVector number = VectorMemory.floats(memory, at + i * Float.BYTES);
            IntVector bits = number.mul(factor).add(ROUNDING).reinterpretAsInts();
            VectorMemory.put((ByteVector) bits.convertShape(VectorOperators.I2B, BYTES, 0), levels, toAt + i);
        }
        for (; i < columns; i++) {
            to.put(toAt + i, (byte) Math.rint(buffer.getFloat(at + i * Float.BYTES) * factor));
        }
    }

    /** Bytes before a block's levels. */
    private static int header(WeightFormat format) {
        return format.hasMinimum() ? 2 * Short.BYTES : Short.BYTES;
    }

    private static FloatVector minimum(WeightFormat format, ByteBuffer buffer, int block) {
        return FloatVector.broadcast(FLOATS, format.hasMinimum() ? half(buffer, block + Short.BYTES) : 0);
    }

    /** Converts levels of four bits; product and sum are rounded separately, as in the other implementations. */
    private static FloatVector four(WeightFormat format, IntVector levels, FloatVector scale, FloatVector minimum) {
        return format.hasMinimum()
                ? floats(levels).mul(scale).add(minimum)
                : floats(levels.sub(8)).mul(scale);
    }

    /** Rounds finite numbers to BF16, to nearest, ties to even. */
    private static ShortVector rounded(FloatVector numbers) {
        IntVector bits = numbers.reinterpretAsInts();
        IntVector last = bits.lanewise(VectorOperators.LSHR, 16).and(1);
        IntVector up = bits.add(last).add(0x7fff).lanewise(VectorOperators.LSHR, 16);
        return (ShortVector) up.convertShape(VectorOperators.I2S, SHORTS, 0);
    }

    private static float half(ByteBuffer buffer, int at) {
        return HalfFloat.fromHalf(buffer.getShort(at));
    }

    private static FloatVector scale(ByteBuffer buffer, int block) {
        return FloatVector.broadcast(FLOATS, half(buffer, block));
    }

    private static FloatVector floats(ByteVector bytes) {
        return (FloatVector) bytes.convertShape(VectorOperators.B2F, FLOATS, 0);
    }

    private static FloatVector floats(IntVector ints) {
        return (FloatVector) ints.convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    private static IntVector ints(ByteVector bytes) {
        return (IntVector) bytes.convertShape(VectorOperators.B2I, INTS, 0);
    }

    private static IntVector lower(IntVector pairs) {
        return pairs.and(15);
    }

    private static IntVector upper(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHR, 4).and(15);
    }
}
