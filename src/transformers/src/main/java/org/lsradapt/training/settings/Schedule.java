package org.lsradapt.training.settings;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/**
 * Linear warm-up of the learning rate, from 1/warmUp at the first step to 1, then a decay from 1 towards the factor of the step after the
 * last.
 *
 * @param steps the number of all steps, at least 1
 * @param warmUp the number of warm-up steps, 0 … steps
 */
public record Schedule(int steps, int warmUp, Decay decay) {

    /** The decay of the learning rate after the warm-up, with the names of the transformers library. */
    public enum Decay {
        /** A straight line to 0. */
        LINEAR,
        /** Half a cosine wave to 0: slower at both ends. */
        COSINE,
        /** No decay. */
        CONSTANT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The factor for the remaining fraction of the steps after the warm-up. */
        private double factor(double left) {
            return switch (this) {
                case LINEAR -> left;
                case COSINE -> (1 - Math.cos(Math.PI * left)) / 2;
                case CONSTANT -> 1;
            };
        }
    }

    /** Checks the ranges. */
    public Schedule {
        Require.argument(steps >= 1, "schedule: %d steps, expected >= 1", steps);
        Require.argument(warmUp >= 0 && warmUp <= steps, "schedule: %d warm-up steps of %d", warmUp, steps);
    }

    /**
     * Creates a schedule that warms up for a fraction of the steps.
     *
     * @param steps the number of all steps, at least 1
     * @param warmUp the fraction, 0 to 1
     * @return a schedule with ⌈warmUp·steps⌉ warm-up steps
     */
    public static Schedule of(int steps, double warmUp, Decay decay) {
        return new Schedule(steps, (int) Math.ceil(warmUp * steps), decay);
    }

    /**
     * The factor of the learning rate.
     *
     * @param step the step, counted from 0
     * @return (step + 1) / warmUp during warm-up; then, with l = (steps - step) / (steps - warmUp), l for linear decay and (1 - cos πl) /
     *     2 for cosine decay
     */
    public double factor(int step) {
        if (step < warmUp) {
            return (step + 1.0) / warmUp;
        }
        return decay.factor(Math.max(0, steps - step) / (double) Math.max(1, steps - warmUp));
    }
}
