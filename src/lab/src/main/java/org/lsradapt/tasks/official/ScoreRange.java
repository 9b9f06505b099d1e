package org.lsradapt.tasks.official;

import org.lsradapt.tasks.internal.FiniteNumber;
import org.lsradapt.tasks.internal.Quoted;
import org.lsradapt.tasks.internal.Target;

/**
 * A decimal number between two limits, which belong to the range.
 *
 * @param least the smallest score
 * @param most the largest score
 */
record ScoreRange(int least, int most) implements Target {

    @Override
    public double parse(String value) {
        double score = new FiniteNumber().parse(value);
        return score >= least && score <= most ? score : Double.NaN;
    }

    @Override
    public String complaint(String value) {
        return "score is " + Quoted.value(value) + ", expected a number from " + least + " to " + most;
    }
}
