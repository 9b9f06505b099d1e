package org.lsradapt.tasks.internal;

import java.math.BigDecimal;

/** A finite decimal number, for a regression on a user's data. */
public record FiniteNumber() implements Target {

    /** The maximal number of characters, more than any double needs: parsing time grows with the square of the digits. */
    public static final int LONGEST = 1000;

    /**
     * {@inheritDoc} Accepts decimal numbers only: {@code Double.parseDouble} would accept "NaN", "0x1p2" and "4f". Digits of other
     * scripts are refused.
     */
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
