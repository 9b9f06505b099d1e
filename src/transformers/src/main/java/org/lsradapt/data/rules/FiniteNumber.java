package org.lsradapt.data.rules;

import java.math.BigDecimal;
import java.util.Optional;

/** A finite decimal number, for a regression on a user's data. */
public record FiniteNumber() implements LabelParser<Double> {

    /** The maximal number of characters, more than any double needs: parsing time grows with the square of the digits. */
    public static final int LONGEST = 1000;

    /**
     * {@inheritDoc} Accepts decimal numbers only: {@code Double.parseDouble} would accept "NaN", "0x1p2" and "4f". Digits of other
     * scripts are refused.
     */
    @Override
    public Optional<Double> parse(String value) {
        if (value.length() > LONGEST || value.chars().anyMatch(c -> c >= 128)) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BigDecimal(value).doubleValue()).filter(Double::isFinite);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    @Override
    public String complaint(String value) {
        return "label is " + Quoted.value(value) + ", expected a finite decimal number";
    }
}
