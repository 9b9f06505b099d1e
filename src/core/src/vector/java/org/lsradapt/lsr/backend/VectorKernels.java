package org.lsradapt.lsr.backend;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;
import org.lsradapt.lsr.storage.ByteLevels;
import org.lsradapt.lsr.storage.HalfFloat;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;

/**
 * {@link RowKernels} by {@code jdk.incubator.vector}. A row that is multiplied is first copied into a Java array: the JIT
 * reads a buffer's address and limit again for every vector that it loads from there. Widening to FLOAT and fused
 * multiply-adds were faster than products of bytes, and one row at a time faster than four. Each format and result type
 * has a loop of its own: a method with several is too large for the JIT, which then makes an object of each vector.
 */
final class VectorKernels implements RowKernels {

    /** The widest that the processor has. */
    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /** As many bytes, ints and shorts as there are floats. */
    static final VectorSpecies<Byte> BYTES = VectorSpecies.of(byte.class, part(4));

    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    private static final VectorSpecies<Byte> ALL_BYTES = VectorSpecies.of(byte.class, FLOATS.vectorShape());

    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, part(2));

    private static final int LANES = FLOATS.length();

    /** Numbers of a block of Q8_0, Q4_0 and Q4_1. */
    private static final int BLOCK = 32;

    private static final int Q8_0_BYTES = WeightFormat.Q8_0.blockBytes();
    private static final int Q4_0_BYTES = WeightFormat.Q4_0.blockBytes();
    private static final int Q4_1_BYTES = WeightFormat.Q4_1.blockBytes();

    /** A number of two bytes in an array of bytes. */
    private static final VarHandle TWO_BYTES =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle FOUR_BYTES =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int UPPER_HALF = 0xffff0000;

    /** 1.5 · 2²³: what is added to it is rounded to a whole number, to nearest, ties to even. */
    private static final float ROUNDING = 0x1.8p23f;

    /** Checks the processor; the message of what it throws goes to the log. */
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
        return format.hasMinimum() ? length + wholeVectors(length / BLOCK) : length;
    }

    /**
     * For BF16, of each run of two vectors the numbers of even place and then those of odd place, since a vector of ints
     * holds one of either in each lane; for a format with minima, behind the row the sum of each block, and zeros to fill
     * the last vector.
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
        if (format.hasMinimum()) {
            Arrays.fill(to, length + length / BLOCK, arrangedLength(format, length), 0);
        }
    }

    /** So many numbers or more, which fill vectors. */
    private static int wholeVectors(int numbers) {
        return (numbers + LANES - 1) / LANES * LANES;
    }

    /** The numbers of a row that fill runs of two vectors. */
    private static int whole(int length) {
        return length - length % (2 * LANES);
    }

    @Override
    public void multiply(StoredMatrix stored, int from, int to, float[] row, float[] products) {
        ByteBuffer buffer = stored.memory();
        int columns = stored.columns();
        byte[] bytes = new byte[stored.rowBytes()];
        Headers headers = new Headers(stored.format().hasMinimum() ? columns / BLOCK : 0);
        for (int i = from; i < to; i++) {
            buffer.get(i * bytes.length, bytes);
            products[i - from] = switch (stored.format()) {
                case BF16 -> bfloat16(bytes, columns, row);
                case Q8_0 -> q8(bytes, columns, row);
                case Q4_0 -> q4(bytes, columns, row);
                default -> {
                    headers.read(bytes);
                    yield q4WithMinimum(bytes, columns, row, headers.scales) + headers.addMinima(row, columns);
                }
            };
        }
    }

    /**
     * Scales and minima of a row of Q4_1, computed some at a time: two lookups in a table for each block took a
     * third of the products' time.
     */
    private static final class Headers {
        private final int blocks;
        private final int[] bits;
        private final float[] scales;

        Headers(int blocks) {
            this.blocks = blocks;
            bits = new int[wholeVectors(blocks)];
            scales = new float[bits.length];
        }

        void read(byte[] bytes) {
            for (int b = 0; b < blocks; b++) {
                int at = b * Q4_1_BYTES;
                bits[b] = (int) FOUR_BYTES.get(bytes, at);
            }
            for (int b = 0; b < blocks; b += LANES) {
                halves(IntVector.fromArray(INTS, bits, b)).intoArray(scales, b);
            }
        }

        /** The sum of the minima, each times the sum of its block's numbers, which lie behind the row. */
        float addMinima(float[] row, int sums) {
            FloatVector sum = FloatVector.zero(FLOATS);
            for (int b = 0; b < blocks; b += LANES) {
                FloatVector minima = halves(IntVector.fromArray(INTS, bits, b).lanewise(VectorOperators.LSHR, 16));
                sum = minima.fma(FloatVector.fromArray(FLOATS, row, sums + b), sum);
            }
            return sum.reduceLanes(VectorOperators.ADD);
        }

        /** The numbers in binary16 of the lower halves of ints. */
        private static FloatVector halves(IntVector bits) {
            IntVector magnitude = bits.and(0x7fff).lanewise(VectorOperators.LSHL, 13);
            // The exponents' biases are 15 and 127; subnormal numbers become normal by the same product.
            IntVector finite = magnitude.reinterpretAsFloats().mul(0x1p112f).reinterpretAsInts();
            VectorMask<Integer> isFinite = bits.and(0x7c00).compare(VectorOperators.NE, 0x7c00);
            IntVector number =
                    magnitude.lanewise(VectorOperators.OR, 0x7f800000).blend(finite, isFinite);
            IntVector sign = bits.and(0x8000).lanewise(VectorOperators.LSHL, 16);
            return number.lanewise(VectorOperators.OR, sign).reinterpretAsFloats();
        }
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
        float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
        for (int i = whole; i < columns; i++) {
            sum += HalfFloat.fromBfloat16((short) TWO_BYTES.get(bytes, i * Short.BYTES)) * row[i];
        }
        return sum;
    }

    private static float q8(byte[] bytes, int columns, float[] row) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int block = 0;
        for (int i = 0; i < columns; i += BLOCK, block += Q8_0_BYTES) {
            FloatVector part = FloatVector.zero(FLOATS);
            for (int j = 0; j < BLOCK; j += LANES) {
                part = floats(levels(bytes, block + Short.BYTES + j))
                        .fma(FloatVector.fromArray(FLOATS, row, i + j), part);
            }
            sum = part.fma(scale(bytes, block), sum);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private static float q4(byte[] bytes, int columns, float[] row) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int block = 0;
        for (int i = 0; i < columns; i += BLOCK, block += Q4_0_BYTES) {
            FloatVector part = FloatVector.zero(FLOATS);
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                IntVector pairs = ints(levels(bytes, block + Short.BYTES + j));
                part = floats(lower(pairs).sub(8)).fma(FloatVector.fromArray(FLOATS, row, i + j), part);
                part = floats(upper(pairs).sub(8)).fma(FloatVector.fromArray(FLOATS, row, i + BLOCK / 2 + j), part);
            }
            sum = part.fma(scale(bytes, block), sum);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    /** But for the minima. */
    private static float q4WithMinimum(byte[] bytes, int columns, float[] row, float[] scales) {
        FloatVector sum = FloatVector.zero(FLOATS);
        int block = 0;
        for (int i = 0; i < columns; i += BLOCK, block += Q4_1_BYTES) {
            FloatVector part = FloatVector.zero(FLOATS);
            for (int j = 0; j < BLOCK / 2; j += LANES) {
                IntVector pairs = ints(levels(bytes, block + 2 * Short.BYTES + j));
                part = floats(lower(pairs)).fma(FloatVector.fromArray(FLOATS, row, i + j), part);
                part = floats(upper(pairs)).fma(FloatVector.fromArray(FLOATS, row, i + BLOCK / 2 + j), part);
            }
            sum = part.fma(FloatVector.broadcast(FLOATS, scales[i / BLOCK]), sum);
        }
        return sum.reduceLanes(VectorOperators.ADD);
    }

    private static ByteVector levels(byte[] bytes, int at) {
        return ByteVector.fromArray(BYTES, bytes, at);
    }

    private static FloatVector scale(byte[] bytes, int block) {
        return FloatVector.broadcast(FLOATS, HalfFloat.fromHalf((short) TWO_BYTES.get(bytes, block)));
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

    /** The bits of absolute values are in their order, infinity and NaN behind all others. */
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

    /** A number up to 2²² in size plus {@link #ROUNDING} has the rounded number in its last bits, in two's complement. */
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

    /** Numbers of levels of four bits; product and sum are rounded one after the other, as everywhere else. */
    private static FloatVector four(WeightFormat format, IntVector levels, FloatVector scale, FloatVector minimum) {
        return format.hasMinimum()
                ? floats(levels).mul(scale).add(minimum)
                : floats(levels.sub(8)).mul(scale);
    }

    /** To BF16, to nearest, ties to even; the numbers are finite. */
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
