package org.lsradapt.training.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.lsradapt.training.settings.Schedule.Decay;

class ScheduleTest {

    @Test
    void factor_risesToOneThenFallsTowardsZero() {
        Schedule schedule = new Schedule(10, 4, Decay.LINEAR);
        double[] expected = {0.25, 0.5, 0.75, 1, 1, 5 / 6.0, 4 / 6.0, 3 / 6.0, 2 / 6.0, 1 / 6.0};
        for (int step = 0; step < 10; step++) {
            assertEquals(expected[step], schedule.factor(step), 1e-15);
        }
        assertEquals(0, schedule.factor(10));
        assertEquals(1, new Schedule(3, 0, Decay.LINEAR).factor(0));
    }

    /** transformers 5.24's get_cosine_schedule_with_warmup and get_constant_schedule_with_warmup of 10 steps, 4 of them warm-up. */
    @Test
    void factor_behindTheWarmUp_isThatOfTransformers() {
        double[] cosine = {1, 0.9330127018922194, 0.75, 0.5, 0.2499999999999999, 0.06698729810778059, 0};
        for (int step = 4; step <= 10; step++) {
            assertEquals(cosine[step - 4], new Schedule(10, 4, Decay.COSINE).factor(step), 1e-15);
            assertEquals(1, new Schedule(10, 4, Decay.CONSTANT).factor(step));
        }
        assertEquals(0.5, new Schedule(10, 4, Decay.COSINE).factor(1));
    }
}
