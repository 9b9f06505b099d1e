package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.lsradapt.report.internal.suite.SuiteCell;

class RemainingTimeTest {

    private static SuiteCell cell(String task, String method, long seed) {
        return new SuiteCell(task + method + seed, "m", task, method, method, seed, List.of("finetune"));
    }

    @Test
    void of_goesByTheCellsMostAlike() {
        RemainingTime time = new RemainingTime();
        assertEquals(OptionalDouble.empty(), time.of(List.of(cell("a", "x", 1))));
        assertEquals("1 left", time.describe(List.of(cell("a", "x", 1))));
        time.took(cell("a", "x", 1), OptionalDouble.of(10));
        time.took(cell("a", "x", 2), OptionalDouble.of(14));
        time.took(cell("a", "y", 1), OptionalDouble.of(30));
        time.took(cell("b", "y", 1), OptionalDouble.of(106));
        time.took(cell("b", "y", 2), OptionalDouble.empty());
        assertEquals(12, time.of(List.of(cell("a", "x", 3))).orElseThrow(), 1e-9);
        assertEquals(18, time.of(List.of(cell("a", "z", 1))).orElseThrow(), 1e-9);
        assertEquals(40, time.of(List.of(cell("c", "x", 1))).orElseThrow(), 1e-9);
        String line = time.describe(List.of(cell("b", "x", 1), cell("c", "x", 1)));
        assertTrue(line.matches("2 left, 2 min, until about ([0-9-]{10} )?\\d\\d:\\d\\d"), line);
        assertEquals("0 left", time.describe(List.of()));
    }
}
