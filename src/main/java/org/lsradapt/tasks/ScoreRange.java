package org.lsradapt.tasks;

import java.math.BigDecimal;

/**
 * A decimal number between two limits, which belong to the range.
 *
 * @param least the smallest score
 * @param most the largest score
 */
record ScoreRange(int least, int most) implements Target {

    /** {@inheritDoc} Decimal numbers only: {@code Double.parseDouble} would let "NaN", "0x1p2" and "4f" pass. */
    @Override
    public double parse(String value) {
        double score;
        try {
            score = new BigDecimal(value).doubleValue();
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
        return score >= least && score <= most ? score : Double.NaN;
    }

    @Override
    public String complaint(String value) {
        return "score is " + Quoted.value(value) + ", expected a number from " + least + " to " + most;
    }
}
