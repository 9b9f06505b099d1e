package org.lsradapt.lsr;

import java.util.Random;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random arrays and comparisons for tests. */
public final class RandomArrays {

    private RandomArrays() {}

    /** Standard normal numbers, 'c' ordered. */
    public static INDArray normal(Random random, DataType type, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        if (type == DataType.FLOAT && shape.length > 0) {
            float[] numbers = new float[(int) length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            return Nd4j.create(numbers, shape, 'c');
        }
        double[] values = new double[(int) length];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextGaussian();
        }
        return Nd4j.createFromArray(values).castTo(type).reshape('c', shape).dup('c');
    }

    /** Largest absolute difference relative to the largest absolute expected number (at least 1e-30). */
    public static double relativeError(INDArray expected, INDArray actual) {
        double[] e = expected.dup('c').data().asDouble();
        double[] a = actual.dup('c').data().asDouble();
        if (e.length != a.length) {
            throw new AssertionError("lengths " + e.length + " and " + a.length);
        }
        double largest = 1e-30;
        double difference = 0;
        for (int i = 0; i < e.length; i++) {
            largest = Math.max(largest, Math.abs(e[i]));
            difference = Math.max(difference, Math.abs(e[i] - a[i]));
            if (Double.isNaN(a[i]) != Double.isNaN(e[i])) {
                return Double.NaN;
            }
        }
        return difference / largest;
    }

    /** How far a result may be from the double-precision oracle: a few hundred units of round-off. */
    public static double tolerance(DataType type) {
        return type == DataType.FLOAT ? 3e-5 : 1e-12;
    }
}
