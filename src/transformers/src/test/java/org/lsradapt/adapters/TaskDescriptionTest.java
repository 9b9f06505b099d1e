package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.lsradapt.adapters.TaskDescription.Kind;

class TaskDescriptionTest {

    @Test
    void kinds_sayWhatTheyAre() {
        for (TaskDescription task : List.of(
                TaskDescription.classification("t", List.of("a", "b"), true),
                TaskDescription.multiLabel("t", List.of("a", "b"), true),
                TaskDescription.regression("t", true),
                TaskDescription.text("t"),
                TaskDescription.masked("t"),
                TaskDescription.embedding("t"),
                TaskDescription.imageText("t"),
                TaskDescription.imageText("t", List.of("a", "b"), "a photo of a {}"))) {
            assertEquals(task.kind() == Kind.REGRESSION, task.isRegression());
            assertEquals(task.kind() == Kind.MULTI_LABEL, task.isMultiLabel());
            assertEquals(task.kind() == Kind.TEXT, task.isText());
            assertEquals(task.kind() == Kind.MASKED, task.isMasked());
            assertEquals(task.isMasked() || task.isEmbedding(), task.isOfHiddenStates());
            assertEquals(task.kind() == Kind.EMBEDDING, task.isEmbedding());
            assertEquals(task.kind() == Kind.IMAGE_TEXT, task.isImageText());
            assertEquals(
                    !task.isText() && !task.isMasked() && !task.isEmbedding() && !task.isImageText(), task.hasHead());
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
                () -> new TaskDescription("t", Kind.REGRESSION, List.of("a", "b"), false, Optional.empty(), List.of()));
        for (Kind kind : List.of(Kind.TEXT, Kind.MASKED, Kind.EMBEDDING, Kind.IMAGE_TEXT)) {
            assertRefused(
                    "task t: " + kind.label() + " with pairs, expected single texts",
                    () -> new TaskDescription("t", kind, List.of(), true, Optional.empty(), List.of()));
        }
    }

    @Test
    void thresholds_thatDoNotFit_areRefused() {
        assertEquals(
                List.of(0.5, 0.5),
                TaskDescription.multiLabel("t", List.of("a", "b"), false).thresholds());
        for (List<Double> thresholds : List.of(List.of(0.5), List.of(0.5, 0.0), List.of(0.5, 1.1))) {
            assertRefused(
                    "task t: a multi_label with thresholds " + thresholds
                            + ", expected one above 0 and not above 1 for each of 2 labels",
                    () -> TaskDescription.multiLabel("t", List.of("a", "b"), false, thresholds));
        }
        assertRefused(
                "task t: a classification with thresholds [0.5, 0.5], expected none",
                () -> new TaskDescription(
                        "t", Kind.CLASSIFICATION, List.of("a", "b"), false, Optional.empty(), List.of(0.5, 0.5)));
    }

    @Test
    void templates_withoutClassesOrAPlace_areRefused() {
        assertRefused(
                "task t: a image_text with labels [a], expected at least 2",
                () -> TaskDescription.imageText("t", List.of("a"), "{}"));
        assertRefused(
                "task t: a image_text with labels [a, b], expected none",
                () -> new TaskDescription("t", Kind.IMAGE_TEXT, List.of("a", "b"), false, Optional.empty(), List.of()));
        assertRefused(
                "task t: a image_text with the template a photo, expected one with {} for the name of a class",
                () -> TaskDescription.imageText("t", List.of("a", "b"), "a photo"));
        assertRefused(
                "task t: a text with the template {}, expected none",
                () -> new TaskDescription("t", Kind.TEXT, List.of(), false, Optional.of("{}"), List.of()));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
