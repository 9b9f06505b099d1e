package org.lsradapt.lsr.internal;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Arrays whose elements are computed in double precision and then rounded once, to nearest, ties to even. This includes
 * 16-bit types, where ND4J 1.0.0-M2.1's {@code castTo} goes through FLOAT and so rounds twice.
 *
 * <p>The types are DOUBLE, FLOAT, FLOAT16 and BFLOAT16, subnormal numbers included. A finite number that would become
 * infinite is refused.
 */
public final class OnceRounded {

    private OnceRounded() {}

    /** Copies any FLOAT or DOUBLE array or view to a new 'c' ordered one; elements must be in the type's range. */
    public static INDArray cast(INDArray source, DataType type) {
        long rows = source.rank() < 2 ? 1 : source.size(0);
        return compute(source, rows, type, (row, numbers) -> {});
    }

    /**
     * D + alpha·A·B. Each element is D + alpha·Σ_k A·B, in this order.
     *
     * @param d [m, n], FLOAT or DOUBLE; any matrix or view; not modified
     * @throws IllegalArgumentException if the type is none of the four or an element is beyond its range
     */
    public static INDArray addProduct(INDArray d, double[] a, double[] b, double alpha, DataType type) {
        int n = (int) d.size(1);
        int k = b.length / n;
        double[] product = new double[n];
        return compute(d, d.size(0), type, (row, numbers) -> {
            Arrays.fill(product, 0);
            for (int i = 0; i < k; i++) {
                double factor = a[(int) row * k + i];
                for (int j = 0; j < n; j++) {
                    product[j] += factor * b[i * n + j];
                }
            }
            for (int j = 0; j < n; j++) {
                numbers[j] += alpha * product[j];
            }
        });
    }

    /** Changes the elements of a row before they are rounded. */
    @FunctionalInterface
    private interface Row {
        void change(long row, double[] numbers);
    }

    private static INDArray compute(INDArray source, long rows, DataType type, Row change) {
        Format format = Format.of(type);
        INDArray result = Nd4j.createUninitialized(type, source.shape(), 'c').detach();
        if (source.isEmpty()) {
            return result;
        }
        INDArray ordered = source.dup('c');
        Nd4j.getAffinityManager().ensureLocation(ordered, AffinityManager.Location.HOST);
        boolean wide = ordered.dataType() == DataType.DOUBLE;
        double[] numbers = new double[(int) (source.length() / rows)];
        try {
            for (long row = 0; row < rows; row++) {
                ByteBuffer from = row(ordered, row, numbers.length);
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = wide ? from.getDouble() : from.getFloat();
                }
                change.change(row, numbers);
                ByteBuffer to = row(result, row, numbers.length);
                for (double number : numbers) {
                    format.put(number, to);
                }
            }
        } catch (IllegalArgumentException e) {
            result.close();
            throw e;
        } finally {
            ordered.close();
        }
        Nd4j.getAffinityManager().tagLocation(result, AffinityManager.Location.HOST);
        return result;
    }

    private static ByteBuffer row(INDArray array, long row, int length) {
        int bytes = length * array.dataType().width();
        return Blas.bytes(array, row * bytes, bytes);
    }

    enum Format {
        F64(DataType.DOUBLE, 0, 0, 0),
        F32(DataType.FLOAT, 0, 0, 0),
        F16(DataType.FLOAT16, 10, -14, 0x7c00),
        BF16(DataType.BFLOAT16, 7, -126, 0x7f80);

        private final DataType type;
        private final int fractionBits;
        private final int smallestExponent;
        private final int infinity;

        Format(DataType type, int fractionBits, int smallestExponent, int infinity) {
            this.type = type;
            this.fractionBits = fractionBits;
            this.smallestExponent = smallestExponent;
            this.infinity = infinity;
        }

        static Format of(DataType type) {
            for (Format format : values()) {
                if (format.type == type) {
                    return format;
                }
            }
            throw new IllegalArgumentException(
                    "rounding: the type is " + type + ", expected DOUBLE, FLOAT, FLOAT16 or BFLOAT16");
        }

        void put(double x, ByteBuffer to) {
            switch (this) {
                case F64 -> to.putDouble(x);
                case F32 -> {
                    require(x, !Float.isInfinite((float) x));
                    to.putFloat((float) x);
                }
                case F16, BF16 -> {
                    int bits = bits(x);
                    require(x, (bits & infinity) != infinity);
                    to.putShort((short) bits);
                }
            }
        }

        private void require(double x, boolean finite) {
            if (!finite && Double.isFinite(x)) {
                throw new IllegalArgumentException("rounding: " + x + " is beyond the range of " + name());
            }
        }

        /**
         * The 16 bits of the nearest number. In units of its last place a number is an integer, which {@link Math#rint}
         * finds. Adding this integer to the exponent's bits carries into them if it rounds up to the next power of two,
         * and with the smallest exponent it gives a subnormal number.
         */
        int bits(double x) {
            int sign = (int) (Double.doubleToRawLongBits(x) >>> 48) & 0x8000;
            if (Double.isNaN(x)) {
                return sign | infinity | (1 << (fractionBits - 1));
            }
            int exponent = Math.max(Math.getExponent(x), smallestExponent);
            if (exponent > 1 - smallestExponent) {
                return sign | infinity;
            }
            int units = (int) Math.rint(Math.abs(x) * power(fractionBits - exponent));
            return sign | (units + ((exponent - smallestExponent) << fractionBits));
        }

        private static double power(int exponent) {
            return Double.longBitsToDouble((long) (exponent + 1023) << 52);
        }
    }
}
