package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class LinearScheduleTest {

    @Test
    void factor_risesToOneThenFallsTowardsZero() {
        LinearSchedule schedule = new LinearSchedule(10, 4);
        double[] expected = {0.25, 0.5, 0.75, 1, 1, 5 / 6.0, 4 / 6.0, 3 / 6.0, 2 / 6.0, 1 / 6.0};
        for (int step = 0; step < 10; step++) {
            assertEquals(expected[step], schedule.factor(step), 1e-15);
        }
        assertEquals(0, schedule.factor(10));
        assertEquals(1, new LinearSchedule(3, 0).factor(0));
    }
}
