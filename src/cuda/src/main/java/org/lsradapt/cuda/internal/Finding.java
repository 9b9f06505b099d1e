package org.lsradapt.cuda.internal;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The comparison of computed arrays with expected ones.
 *
 * @param error the largest difference over all arrays, minus the rounding of the number's type, relative to the largest
 *     number of its array; NaN if a number is missing
 * @param worst the array with that error: its name or shape, and the number of its numbers
 * @param milliseconds the time of all runs and of what they are compared with
 */
public record Finding(
        String what,
        double error,
        double tolerance,
        boolean repeatable,
        int arrays,
        String worst,
        double milliseconds) {

    /** Whether the error is within the tolerance, and two runs gave the same bits. */
    public boolean passed() {
        return error <= tolerance && repeatable;
    }

    /** Combines the findings of different arrays. */
    public Finding and(Finding other) {
        // NaN is larger than all numbers.
        boolean isWorse = Double.compare(error, other.error) >= 0;
        return new Finding(
                what,
                isWorse ? error : other.error,
                tolerance,
                repeatable && other.repeatable,
                arrays + other.arrays,
                isWorse ? worst : other.worst,
                milliseconds + other.milliseconds);
    }

    public Finding took(double time) {
        return new Finding(what, error, tolerance, repeatable, arrays, worst, time);
    }

    /** Names an array or its shape. */
    public Finding in(String array) {
        return new Finding(what, error, tolerance, repeatable, arrays, array + ", " + worst, milliseconds);
    }

    /** Compares an array whose rounding is within the tolerance. */
    public static Finding of(String what, double tolerance, double[] expected, double[] first, double[] second) {
        return of(what, tolerance, 0, expected, first, second);
    }

    /** Compares an array; {@code rounding} is the relative rounding error of the number's type. */
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
        String length = expected.length == 1 ? "1 number" : expected.length + " numbers";
        return new Finding(what, difference / largest, tolerance, repeatable, 1, length, 0);
    }

    /** The finding as the fields of a JSON object. */
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", what);
        fields.put("passed", passed());
        fields.put("arrays", arrays);
        fields.put("worst", worst);
        fields.put("error", error);
        fields.put("tolerance", tolerance);
        fields.put("repeatable", repeatable);
        fields.put("milliseconds", milliseconds);
        return fields;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%s: error %.1e of at most %.0e in %d arrays%s%s",
                what,
                error,
                tolerance,
                arrays,
                passed() ? "" : ", the largest in " + worst,
                repeatable ? "" : ", other bits the second time");
    }
}
