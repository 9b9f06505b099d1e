package org.lsradapt.training;

import org.lsradapt.lsr.internal.Require;

/**
 * Linear warm-up, from 1/warmUp at the first step to 1, then linear decay from 1 towards 0, which would be the factor
 * of one step more.
 *
 * @param steps number of steps in all, at least 1
 * @param warmUp number of warm-up steps, 0 … steps
 */
public record LinearSchedule(int steps, int warmUp) {

    /** Checks the ranges. */
    public LinearSchedule {
        Require.argument(steps >= 1, "schedule: %d steps, expected >= 1", steps);
        Require.argument(warmUp >= 0 && warmUp <= steps, "schedule: %d warm-up steps of %d", warmUp, steps);
    }

    /**
     * A schedule that warms up for a part of the steps.
     *
     * @param steps number of steps in all, at least 1
     * @param warmUp the part, 0 to 1
     * @return ⌈warmUp·steps⌉ warm-up steps
     */
    public static LinearSchedule of(int steps, double warmUp) {
        return new LinearSchedule(steps, (int) Math.ceil(warmUp * steps));
    }

    /**
     * The factor of the learning rate.
     *
     * @param step counted from 0
     * @return (step + 1) / warmUp during warm-up, then (steps - step) / (steps - warmUp)
     */
    public double factor(int step) {
        if (step < warmUp) {
            return (step + 1.0) / warmUp;
        }
        return Math.max(0, steps - step) / (double) Math.max(1, steps - warmUp);
    }
}
