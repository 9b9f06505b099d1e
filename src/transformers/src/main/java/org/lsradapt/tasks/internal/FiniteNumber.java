package org.lsradapt.tasks.internal;

import java.math.BigDecimal;

/** A decimal number that a double holds, for a regression of one's own. */
public record FiniteNumber() implements Target {

    /** In characters, more than any double takes: the time for a number grows with the square of its digits. */
    public static final int LONGEST = 1000;

    /** {@inheritDoc} Decimal numbers only: {@code Double.parseDouble} would let "NaN", "0x1p2" and "4f" pass, both of them other scripts' digits. */
    @Override
    public double parse(String value) {
        if (value.length() > LONGEST || value.chars().anyMatch(c -> c >= 128)) {
            return Double.NaN;
        }
        try {
            double number = new BigDecimal(value).doubleValue();
            return Double.isFinite(number) ? number : Double.NaN;
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    @Override
    public String complaint(String value) {
        return "label is " + Quoted.value(value) + ", expected a finite decimal number";
    }
}
