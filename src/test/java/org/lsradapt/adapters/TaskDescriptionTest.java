package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.adapters.TaskDescription.Kind;

class TaskDescriptionTest {

    @Test
    void kinds_sayWhatTheyAre() {
        for (TaskDescription task : List.of(
                TaskDescription.classification("t", List.of("a", "b"), true),
                TaskDescription.regression("t", true),
                TaskDescription.text("t"),
                TaskDescription.embedding("t"))) {
            assertEquals(task.kind() == Kind.REGRESSION, task.isRegression());
            assertEquals(task.kind() == Kind.TEXT, task.isText());
            assertEquals(task.kind() == Kind.EMBEDDING, task.isEmbedding());
            assertEquals(!task.isText() && !task.isEmbedding(), task.hasHead());
        }
    }

    @Test
    void labelsAndPairs_thatDoNotFitTheKind_areRefused() {
        assertRefused(
                "task t: a classification with labels [a], expected at least 2",
                () -> TaskDescription.classification("t", List.of("a"), false));
        assertRefused(
                "task t: labels [a, b, a], expected different ones",
                () -> TaskDescription.classification("t", List.of("a", "b", "a"), false));
        assertRefused(
                "task t: a regression with labels [a, b], expected none",
                () -> new TaskDescription("t", Kind.REGRESSION, List.of("a", "b"), false));
        for (Kind kind : List.of(Kind.TEXT, Kind.EMBEDDING)) {
            assertRefused(
                    "task t: " + kind.label() + " with pairs, expected single texts",
                    () -> new TaskDescription("t", kind, List.of(), true));
        }
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
