package org.lsradapt.cuda.internal;

/**
 * The result of a kernel or a form of product, compared with the definition in double.
 *
 * @param what the name of the kernel or product
 * @param error the largest difference over all shapes, minus the rounding of the number's type, relative to the largest
 *     number of its shape; NaN if a number is missing
 * @param tolerance the largest allowed error
 * @param repeatable whether two runs gave the same bits
 * @param shapes the number of shapes
 */
public record Finding(String what, double error, double tolerance, boolean repeatable, int shapes) {

    /** Whether the error is within the tolerance, and two runs gave the same bits. */
    public boolean passed() {
        return error <= tolerance && repeatable;
    }

    /** Combines the findings of different shapes. */
    public Finding and(Finding other) {
        double larger = Double.isNaN(error) || Double.isNaN(other.error) ? Double.NaN : Math.max(error, other.error);
        return new Finding(what, larger, tolerance, repeatable && other.repeatable, shapes + other.shapes);
    }

    /** Compares a result on one shape, in a type whose rounding is within the tolerance. */
    public static Finding of(String what, double tolerance, double[] expected, double[] first, double[] second) {
        return of(what, tolerance, 0, expected, first, second);
    }

    /**
     * Compares a result on one shape.
     *
     * @param rounding the relative rounding error of the number's type
     */
    static Finding of(
            String what, double tolerance, double rounding, double[] expected, double[] first, double[] second) {
        double largest = 1e-30;
        double difference = 0;
        boolean repeatable = true;
        for (int i = 0; i < expected.length; i++) {
            double size = Math.abs(expected[i]);
            largest = Math.max(largest, size);
            double here = Math.max(0, Math.abs(expected[i] - first[i]) - rounding * size);
            difference = Double.isNaN(here) || Double.isNaN(difference) ? Double.NaN : Math.max(difference, here);
            repeatable &= Double.doubleToRawLongBits(first[i]) == Double.doubleToRawLongBits(second[i]);
        }
        return new Finding(what, difference / largest, tolerance, repeatable, 1);
    }
}
