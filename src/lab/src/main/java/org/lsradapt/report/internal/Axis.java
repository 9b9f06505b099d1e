package org.lsradapt.report.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * An axis of a chart. Its ends are round numbers around the values.
 *
 * @param ticks the labelled values, in ascending order
 */
record Axis(double low, double high, boolean logarithmic, List<Double> ticks) {
    /** Tolerance for the rounding error of a quotient that should be a whole number. */
    private static final double ROUNDING = 1e-9;

    /** Returns a linear axis, such as from 0.5 to 0.9 for values from 0.52 to 0.87, with a least distance of two ticks. */
    static Axis linear(double low, double high, double least) {
        double range = high > low ? high - low : low == 0 ? 1 : Math.abs(low);
        double power = Math.pow(10, Math.floor(Math.log10(range / 4)));
        double step = Math.max(least, power * (range / 4 < 2 * power ? 1 : range / 4 < 5 * power ? 2 : 5));
        long first = (long) Math.floor(low / step + ROUNDING);
        long last = (long) Math.ceil(high / step - ROUNDING);
        if (first == last) {
            first--;
            last++;
        }
        List<Double> ticks = new ArrayList<>();
        for (long i = first; i <= last; i++) {
            ticks.add(i * step);
        }
        return new Axis(first * step, last * step, false, ticks);
    }

    /** Returns a logarithmic axis between different powers of ten, around positive values. */
    static Axis decades(double low, double high) {
        int first = (int) Math.floor(Math.log10(low) + ROUNDING);
        int last = Math.max(first + 1, (int) Math.ceil(Math.log10(high) - ROUNDING));
        List<Double> ticks = new ArrayList<>();
        int every = 1 + (last - first) / 10;
        for (int i = first; i <= last; i += every) {
            ticks.add(Math.pow(10, i));
            if (last - first <= 3 && i < last) {
                ticks.add(2 * Math.pow(10, i));
                ticks.add(5 * Math.pow(10, i));
            }
        }
        return new Axis(Math.pow(10, first), Math.pow(10, last), true, ticks);
    }

    static Axis names(int count) {
        return new Axis(
                -0.5,
                count - 0.5,
                false,
                IntStream.range(0, count).mapToObj(i -> (double) i).toList());
    }

    /** Returns the place of a value, from 0 at the low end to 1 at the high end. */
    double share(double value) {
        return logarithmic
                ? Math.log10(value / low) / Math.log10(high / low)
                : low == high ? 0.5 : (value - low) / (high - low);
    }

    boolean contains(double value) {
        return value >= low && value <= high;
    }

    /** Formats a number with at most four decimals, or in scientific notation where that hides digits. */
    static String format(double value) {
        double size = Math.abs(value);
        if (size >= 1e7 || (size > 0 && size < 1e-3)) {
            return String.format(Locale.ROOT, "%.3g", value).replaceFirst("\\.?0*e", "e");
        }
        String plain = String.format(Locale.ROOT, "%,.4f", value);
        return plain.replaceFirst("\\.?0+$", "").replaceFirst("^-0$", "0");
    }
}
