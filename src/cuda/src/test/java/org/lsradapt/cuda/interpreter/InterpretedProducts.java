package org.lsradapt.cuda.interpreter;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.Product;
import org.lsradapt.cuda.internal.Products;

/** Products by plain loops. */
final class InterpretedProducts implements Products {
    private final Memory memory;

    InterpretedProducts(Memory memory) {
        this.memory = memory;
    }

    @Override
    public void multiply(Product p, long a, long b, long c, long bias) {
        double[] left = read(p, a, p.transposeA() ? p.k() : p.m(), p.transposeA() ? p.m() : p.k(), p.strideA());
        double[] right = read(p, b, p.transposeB() ? p.n() : p.k(), p.transposeB() ? p.k() : p.n(), p.strideB());
        int rowA = p.transposeA() ? 1 : p.k();
        int columnA = p.transposeA() ? p.m() : 1;
        int rowB = p.transposeB() ? 1 : p.n();
        int columnB = p.transposeB() ? p.k() : 1;
        int width = Float.BYTES;
        ByteBuffer result = buffer(c, (long) width * ((long) (p.m() - 1) * p.strideC() + p.n()), true);
        ByteBuffer added = bias == 0 ? ByteBuffer.allocate(width * p.n()) : buffer(bias, (long) width * p.n(), false);
        double[] sums = new double[p.n()];
        for (int i = 0; i < p.m(); i++) {
            Arrays.fill(sums, 0);
            for (int x = 0; x < p.k(); x++) {
                double factor = left[i * rowA + x * columnA];
                for (int j = 0; j < p.n(); j++) {
                    sums[j] += factor * right[x * rowB + j * columnB];
                }
            }
            for (int j = 0; j < p.n(); j++) {
                int at = width * (i * p.strideC() + j);
                double old = p.beta() == 0 ? 0 : p.beta() * number(result, at, width);
                put(result, at, width, p.alpha() * sums[j] + old + number(added, width * j, width));
            }
        }
    }

    private double[] read(Product p, long address, int rows, int columns, int stride) {
        int width = p.precision().operands().bytes();
        ByteBuffer numbers = buffer(address, (long) width * ((long) (rows - 1) * stride + columns), false);
        double[] matrix = new double[rows * columns];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double number = number(numbers, width * (i * stride + j), width);
                matrix[i * columns + j] = p.precision() == Precision.TF32 ? tf32((float) number) : number;
            }
        }
        return matrix;
    }

    private ByteBuffer buffer(long address, long bytes, boolean writes) {
        Space space = memory.at(address);
        int at = writes ? space.hostWrites(address, bytes) : space.hostReads(address, bytes);
        return ByteBuffer.wrap(space.bytes, at, (int) bytes).slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    private static double number(ByteBuffer numbers, int at, int width) {
        return width == 2 ? Float.intBitsToFloat(numbers.getShort(at) << 16) : numbers.getFloat(at);
    }

    private static void put(ByteBuffer numbers, int at, int width, double value) {
        if (width == 2) {
            numbers.putShort(at, (short) (rounded(Float.floatToRawIntBits((float) value), 16) >>> 16));
        } else {
            numbers.putFloat(at, (float) value);
        }
    }

    private float tf32(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat(memory.truncates ? bits & (-1 << 13) : rounded(bits, 13));
    }

    /** To the nearest, ties to even; the last bits 0. */
    private static int rounded(int bits, int dropped) {
        int half = (1 << (dropped - 1)) - 1 + ((bits >>> dropped) & 1);
        return (bits + half) & (-1 << dropped);
    }
}
