package org.lsradapt.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleTest {

    @Test
    void hasLabel_nan_isFalse() {
        assertFalse(new Example("a", null, Double.NaN).hasLabel());
        assertTrue(new Example("a", null, 0).hasLabel());
    }

    @Test
    void constructor_threeValues_hasNoGroup() {
        assertEquals(new Example("a", "b", 1, -1), new Example("a", "b", 1));
    }

    @Test
    void constructor_badValues_areRefused() {
        assertEquals(
                "example: first is null, expected a text",
                assertThrows(NullPointerException.class, () -> new Example(null, "b", 1))
                        .getMessage());
        assertEquals(
                "example: label is Infinity, expected a finite number or NaN",
                assertThrows(IllegalArgumentException.class, () -> new Example("a", null, Double.POSITIVE_INFINITY))
                        .getMessage());
        assertEquals(
                "example: group is -2, expected >= -1",
                assertThrows(IllegalArgumentException.class, () -> new Example("a", null, 1, -2))
                        .getMessage());
    }

    @Test
    void taskData_listsChangedLater_keepsItsCopies() {
        List<Example> rows = new ArrayList<>(List.of(new Example("a", null, 0)));
        TaskData data = new TaskData(rows, rows);
        rows.clear();
        assertEquals(1, data.train().size());
        assertEquals(1, data.evaluation().size());
    }

    @Test
    void majorityBaseline_isTheFractionOfTheMostFrequentClass() {
        List<Example> rows = List.of(
                new Example("a", null, 2),
                new Example("b", null, 0),
                new Example("c", null, 2),
                new Example("d", null, -0.0),
                new Example("e", null, 2));
        assertEquals(0.6, TaskData.majorityBaseline(rows), 1e-15);
        assertEquals(
                2.0 / 3,
                TaskData.majorityBaseline(rows.subList(1, 4).stream()
                        .map(row -> new Example(row.first(), null, row.label() == 2 ? 1 : row.label()))
                        .toList()),
                1e-15);
    }

    @Test
    void majorityBaseline_noRowsOrNoLabel_isRefused() {
        assertEquals(
                "majorityBaseline: there are no examples, expected at least one",
                assertThrows(IllegalArgumentException.class, () -> TaskData.majorityBaseline(List.of()))
                        .getMessage());
        assertEquals(
                "majorityBaseline: examples[0] has no label",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> TaskData.majorityBaseline(List.of(new Example("a", null, Double.NaN))))
                        .getMessage());
    }
}
