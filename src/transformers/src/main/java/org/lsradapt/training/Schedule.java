package org.lsradapt.training;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/**
 * Linear warm-up of the learning rate, from 1/warmUp at the first step to 1, then its decay from 1 towards what would be the
 * factor of one step more.
 *
 * @param steps number of steps in all, at least 1
 * @param warmUp number of warm-up steps, 0 … steps
 * @param decay what follows
 */
public record Schedule(int steps, int warmUp, Decay decay) {

    /** How the learning rate falls behind the warm-up, under transformers' names. */
    public enum Decay {
        /** In a straight line, towards 0. */
        LINEAR,
        /** Along half a cosine wave, towards 0: slower at both ends. */
        COSINE,
        /** Not at all. */
        CONSTANT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Of the part of the steps behind the warm-up that is left. */
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
     * A schedule that warms up for a part of the steps.
     *
     * @param steps number of steps in all, at least 1
     * @param warmUp the part, 0 to 1
     * @param decay what follows
     * @return ⌈warmUp·steps⌉ warm-up steps
     */
    public static Schedule of(int steps, double warmUp, Decay decay) {
        return new Schedule(steps, (int) Math.ceil(warmUp * steps), decay);
    }

    /**
     * The factor of the learning rate.
     *
     * @param step counted from 0
     * @return (step + 1) / warmUp during warm-up; then, of l = (steps - step) / (steps - warmUp), l for linear decay and
     *     (1 - cos πl) / 2 for that along a cosine
     */
    public double factor(int step) {
        if (step < warmUp) {
            return (step + 1.0) / warmUp;
        }
        return decay.factor(Math.max(0, steps - step) / (double) Math.max(1, steps - warmUp));
    }
}
