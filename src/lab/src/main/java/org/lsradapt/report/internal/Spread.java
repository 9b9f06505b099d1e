package org.lsradapt.report.internal;

import java.util.Collection;
import java.util.Locale;

/**
 * Mean and spread of a few numbers.
 *
 * @param mean the arithmetic mean; NaN without numbers
 * @param deviation the sample standard deviation (n − 1); NaN for fewer than two numbers
 */
public record Spread(double mean, double deviation) {

    /** Returns mean and spread; there may be no values. */
    public static Spread of(Collection<Double> values) {
        double mean = values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        double squares =
                values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        return new Spread(mean, values.size() < 2 ? Double.NaN : Math.sqrt(squares / (values.size() - 1)));
    }

    /** Formats it as {@code 0.8113 ± 0.0061}, without the spread if that is NaN. */
    public String format(int decimals) {
        String number = "%." + decimals + "f";
        return Double.isNaN(deviation)
                ? String.format(Locale.ROOT, number, mean)
                : String.format(Locale.ROOT, number + " ± " + number, mean, deviation);
    }
}
