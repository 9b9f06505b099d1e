package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleTest {

    @Test
    void hasLabel_unknown_isFalse() {
        assertFalse(new Example("a", null).hasLabel());
        assertTrue(new Example("a", null, new Label.Category(0)).hasLabel());
    }

    @Test
    void constructor_threeValues_hasNoGroup() {
        assertEquals(new Example("a", "b", new Label.Category(1), -1), new Example("a", "b", new Label.Category(1)));
    }

    @Test
    void constructor_badValues_areRefused() {
        assertEquals(
                "example: first is null, expected a text",
                assertThrows(NullPointerException.class, () -> new Example(null, "b", new Label.Category(1)))
                        .getMessage());
        assertEquals(
                "label: the value is Infinity, expected a finite number",
                assertThrows(IllegalArgumentException.class, () -> new Label.Value(Double.POSITIVE_INFINITY))
                        .getMessage());
        assertEquals(
                "example: group is -2, expected >= -1",
                assertThrows(IllegalArgumentException.class, () -> new Example("a", null, new Label.Category(1), -2))
                        .getMessage());
    }

    @Test
    void label_ofAnotherKind_isRefused() {
        Example one = new Example("a", null, new Label.Category(2));
        assertEquals(2, one.category());
        assertEquals(
                "example: the label is class 2, expected a value",
                assertThrows(IllegalArgumentException.class, one::value).getMessage());
        assertEquals(
                "example: the label is unknown, expected several labels",
                assertThrows(IllegalArgumentException.class, () -> new Example("a", null).several())
                        .getMessage());
    }

    @Test
    void several_labels_areSortedAndCopied() {
        Label.Several labels = Label.Several.of(List.of(2, 0));
        assertEquals("labels [0, 2]", labels.toString());
        assertArrayEquals(new double[] {1, 0, 1, 0}, labels.amounts(4));
        assertThrows(UnsupportedOperationException.class, () -> labels.indices().add(1));
    }

    @Test
    void labelledData_listsChangedLater_keepsItsCopies() {
        List<Example> rows = new ArrayList<>(List.of(new Example("a", null, new Label.Category(0))));
        LabelledData data = LabelledData.of(TwoClasses.task(), rows, rows);
        rows.clear();
        assertEquals(1, data.train().size());
        assertEquals(1, data.evaluation().size());
    }

    @Test
    void majorityBaseline_isTheFractionOfTheMostFrequentClass() {
        List<Example> rows = List.of(
                new Example("a", null, new Label.Category(2)),
                new Example("b", null, new Label.Category(0)),
                new Example("c", null, new Label.Category(2)),
                new Example("d", null, new Label.Category(0)),
                new Example("e", null, new Label.Category(2)));
        assertEquals(0.6, LabelledData.majorityBaseline(rows), 1e-15);
        assertEquals(
                2.0 / 3,
                LabelledData.majorityBaseline(rows.subList(1, 4).stream()
                        .map(row -> new Example(
                                row.first(), null, new Label.Category(row.category() == 2 ? 1 : row.category())))
                        .toList()),
                1e-15);
    }

    @Test
    void majorityBaseline_noRowsOrNoLabel_isRefused() {
        assertEquals(
                "majorityBaseline: there are no examples, expected at least one",
                assertThrows(IllegalArgumentException.class, () -> LabelledData.majorityBaseline(List.of()))
                        .getMessage());
        assertEquals(
                "example: the label is unknown, expected a class",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> LabelledData.majorityBaseline(List.of(new Example("a", null))))
                        .getMessage());
    }
}
