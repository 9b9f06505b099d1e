package org.lsradapt.lsr.numerics;

import java.util.ArrayList;
import java.util.List;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A Kronecker sum whose factors are stored in a {@link Precision}; in a scaled format each factor matrix M_k^(i) has
 * its own scale. λ is kept as it is.
 *
 * @param sum the sum of the stored factors, of the input's type
 * @param stored the stored values, one per factor
 */
public record RoundedSum(KroneckerSum sum, List<StoredFactor> stored) {

    /**
     * A stack of factor matrices in stored form.
     *
     * @param values the values of the stored numbers, [s, rows, cols]
     * @param integers for integer formats, s·rows·cols integers; otherwise empty
     * @param scales for integer formats, one per matrix; otherwise empty
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record StoredFactor(INDArray values, byte[] integers, float[] scales) {

        /**
         * Stores a stack.
         *
         * @param factor [s, rows, cols], FLOAT or DOUBLE; not modified
         * @return the stored stack; above a floating-point format's largest number, infinity or NaN
         * @throws IllegalArgumentException if an element is not finite and the format has integers
         */
        public static StoredFactor of(INDArray factor, Precision precision) {
            int s = (int) factor.size(0);
            double[] numbers = new double[(int) factor.length()];
            Backends.standard().read(factor, numbers);
            byte[] integers = new byte[precision.isScaled() ? numbers.length : 0];
            float[] scales = new float[precision.isScaled() ? s : 0];
            if (precision.isScaled()) {
                toIntegers(numbers, precision, integers, scales);
                restore(integers, scales, numbers);
            } else {
                for (int i = 0; i < numbers.length; i++) {
                    numbers[i] = precision.store(numbers[i]);
                }
            }
            INDArray values = Nd4j.createUninitialized(factor.dataType(), factor.shape(), 'c');
            Backends.standard().write(numbers, values);
            return new StoredFactor(values, integers, scales);
        }

        private static void toIntegers(double[] numbers, Precision precision, byte[] integers, float[] scales) {
            int length = numbers.length / scales.length;
            for (int k = 0; k < scales.length; k++) {
                double largest = 0;
                for (int j = k * length; j < (k + 1) * length; j++) {
                    largest = Math.max(largest, Math.abs(numbers[j]));
                }
                Require.argument(
                        Double.isFinite(largest),
                        "rounding to %s: a factor has a number that is not finite",
                        precision.label());
                scales[k] = precision.scale(largest);
                for (int j = k * length; j < (k + 1) * length; j++) {
                    integers[j] = (byte) precision.integer(numbers[j], scales[k]);
                }
            }
        }

        /**
         * Computes the values of integers and scales: integer times scale, rounded to FLOAT.
         *
         * @param integers the integers, one matrix after the other
         * @param scales one per matrix
         * @param numbers the results, as many as integers; overwritten
         */
        public static void restore(byte[] integers, float[] scales, double[] numbers) {
            int length = integers.length / scales.length;
            for (int i = 0; i < integers.length; i++) {
                numbers[i] = integers[i] * scales[i / length];
            }
        }

        @Override
        public String toString() {
            return "StoredFactor[shape " + ArrayText.of(values.shape()) + ", integers=" + ArrayText.of(integers)
                    + ", scales=" + ArrayText.of(scales) + "]";
        }
    }

    /**
     * Rounds a sum's factors.
     *
     * @param sum M, FLOAT or DOUBLE; not modified
     * @return the stored sum M'
     */
    public static RoundedSum of(KroneckerSum sum, Precision precision) {
        List<StoredFactor> stored = new ArrayList<>();
        for (INDArray factor : sum.factors()) {
            stored.add(StoredFactor.of(factor, precision));
        }
        KroneckerSum rounded =
                KroneckerSum.of(stored.stream().map(StoredFactor::values).toList(), sum.termWeights());
        return new RoundedSum(rounded, List.copyOf(stored));
    }

    /**
     * The error of M by rounding, from the dense matrices in double precision.
     *
     * @param exact M
     * @return ‖M' − M‖_F
     */
    public double error(KroneckerSum exact) {
        INDArray difference = dense(exact).subi(dense(sum));
        return difference.norm2Number().doubleValue();
    }

    /** M in double precision, new. */
    static INDArray dense(KroneckerSum sum) {
        List<INDArray> factors = new ArrayList<>();
        for (INDArray factor : sum.factors()) {
            factors.add(factor.castTo(DataType.DOUBLE));
        }
        INDArray weights = sum.termWeights() == null ? null : sum.termWeights().castTo(DataType.DOUBLE);
        return KroneckerSum.of(factors, weights).materialize();
    }
}
