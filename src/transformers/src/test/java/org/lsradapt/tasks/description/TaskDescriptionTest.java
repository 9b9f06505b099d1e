package org.lsradapt.tasks.description;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.transformer.inputs.WordReading;

class TaskDescriptionTest {

    static Stream<TaskDescription> tasks() {
        return Stream.of(
                new ClassificationDescription("t", List.of("a", "b"), true),
                new ClassificationDescription("t", List.of("a", "b"), true, List.of(1.7), OptionalDouble.of(0.83)),
                new MultiLabelDescription("t", List.of("a", "b"), true, List.of(0.25, 1.0)),
                new RegressionDescription("t", true),
                new OrdinalDescription("t", List.of("a", "b", "c"), true, List.of(-1.37, 0.61)),
                new RerankingDescription("t"),
                new TokensDescription("t", List.of("O", "B")),
                new TokensDescription("t", List.of("O", "B"), WordReading.SEPARATE),
                new SpansDescription("t", OptionalDouble.empty()),
                new SpansDescription("t", OptionalDouble.of(-0.37)),
                new TextDescription("t"),
                new MaskedDescription("t"),
                new EmbeddingDescription("t"),
                new ImageTextDescription("t"),
                new ImageTextDescription("t", List.of("a", "b"), "a photo of a {}"));
    }

    private static JsonFields json(Object fields) throws IOException {
        String text = JsonFile.node(fields).toString();
        return new JsonFields("file", JsonFile.object("file", text.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void fields_areReadAgain(TaskDescription task) throws IOException {
        assertEquals(task, TaskDescription.read(json(task.fields())));
        assertEquals(task.kind(), task.fields().get("kind"));
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "-0.3"})
    void leastProbability_outsideOfZeroToOne_isRefused(double least) throws IOException {
        var fields =
                new java.util.LinkedHashMap<>(new ClassificationDescription("t", List.of("a", "b"), true).fields());
        assertEquals(
                false, fields.containsKey("abstain_below"), "files of classifiers that answer all stay as they are");
        fields.put("abstain_below", least);
        String message = assertThrows(IOException.class, () -> TaskDescription.read(json(fields)))
                .getMessage();
        assertEquals(true, message.contains("expected a probability above 0 and below 1"), message);
    }

    @ParameterizedTest
    @MethodSource("tasks")
    void fieldsOfOtherTasks_areRefused(TaskDescription task) throws IOException {
        for (TaskDescription other : tasks().toList()) {
            for (String field : other.fields().keySet()) {
                if (!List.of("labels", "pairs", "words", "template", "temperatures", "abstain_below")
                                .contains(field)
                        && !task.fields().containsKey(field)) {
                    var fields = new java.util.LinkedHashMap<>(task.fields());
                    fields.put(field, other.fields().get(field));
                    String message = assertThrows(IOException.class, () -> TaskDescription.read(json(fields)))
                            .getMessage();
                    assertEquals(true, message.contains(field + "\": not known, expected name, kind"), message);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "regression, '[\"a\",\"b\"]', true, a regression with labels",
        "reranking, '[]', false, 'reranking of single texts, expected pairs'",
        "spans, '[]', false, 'spans of single texts, expected pairs'",
        "tokens, '[\"a\",\"b\"]', true, 'tokens with pairs, expected single texts'"
    })
    void labelsAndPairs_inFilesThatDoNotFitTheKind_areRefused(String kind, String labels, String pairs, String message)
            throws IOException {
        String text = "{\"name\":\"t\",\"kind\":\"" + kind + "\",\"labels\":" + labels + ",\"pairs\":" + pairs
                + (kind.equals("spans") ? ",\"thresholds\":[]}" : "}");
        JsonFields fields = new JsonFields("file", JsonFile.object("file", text.getBytes(StandardCharsets.UTF_8)));
        String found = assertThrows(IOException.class, () -> TaskDescription.read(fields))
                .getMessage();
        assertEquals(true, found.contains("task t: " + message), found);
    }

    /** A merged model's configuration describes the task of its head. */
    @ParameterizedTest
    @MethodSource("tasks")
    void fieldsOfAHubsHead_areRecognized(TaskDescription task) throws IOException {
        if (!task.hasHead()) {
            assertEquals(Optional.empty(), Optional.of(task.hubFields()).filter(fields -> !fields.isEmpty()));
            return;
        }
        JsonFields config = json(task.hubFields());
        String architecture = switch (task.peftType().orElseThrow()) {
            case "TOKEN_CLS" -> "XForTokenClassification";
            case "QUESTION_ANS" -> "XForQuestionAnswering";
            default -> "XForSequenceClassification";
        };
        HubHead head = new HubHead(
                architecture,
                config.text("problem_type", ""),
                task.labels(),
                task.outputs(),
                config.has("sentence_transformers"),
                config);
        TaskDescription found = TaskDescription.of(head).orElseThrow();
        assertEquals(task.getClass(), found.getClass());
        assertEquals(task.hubFields(), found.hubFields());
    }

    @Test
    void heads_ofOtherClasses_haveNoTask() throws IOException {
        JsonFields config = json(new RegressionDescription("t", false).fields());
        assertEquals(
                Optional.empty(),
                TaskDescription.of(new HubHead("XForMultipleChoice", "", List.of("a", "b"), 2, false, config)));
        assertEquals(
                Optional.empty(),
                TaskDescription.of(new HubHead("", "regression", List.of("a", "b"), 2, false, config)));
    }

    @Test
    void labels_thatDoNotFitTheKind_areRefused() {
        assertRefused(
                "task t: a classification with labels [a], expected at least 2",
                () -> new ClassificationDescription("t", List.of("a"), false));
        assertRefused(
                "task t: labels [a, b, a], expected different ones",
                () -> new ClassificationDescription("t", List.of("a", "b", "a"), false));
    }

    @Test
    void thresholds_thatDoNotFit_areRefused() {
        assertEquals(List.of(0.5, 0.5), new MultiLabelDescription("t", List.of("a", "b"), false).thresholds());
        for (List<Double> thresholds : List.of(List.of(0.5), List.of(0.5, 0.0), List.of(0.5, 1.1))) {
            assertRefused(
                    "task t: a multi_label with thresholds " + thresholds
                            + ", expected one above 0 and not above 1 for each of 2 labels",
                    () -> new MultiLabelDescription("t", List.of("a", "b"), false, thresholds));
        }
        assertRefused(
                "task t: an ordinal with thresholds [0.5], expected one less than the labels [a, b, c]",
                () -> new OrdinalDescription("t", List.of("a", "b", "c"), false, List.of(0.5)));
        assertRefused(
                "thresholds [0.5, 0.25] of ordered classes, expected finite numbers that rise",
                () -> new OrdinalDescription("t", List.of("a", "b", "c"), false, List.of(0.5, 0.25)));
        assertRefused(
                "task t: a spans with thresholds [Infinity], expected one finite number or none",
                () -> new SpansDescription("t", OptionalDouble.of(Double.POSITIVE_INFINITY)));
    }

    @Test
    void templates_withoutClassesOrAPlace_areRefused() {
        assertRefused(
                "task t: a image_text with labels [a], expected at least 2",
                () -> new ImageTextDescription("t", List.of("a"), "{}"));
        assertRefused(
                "task t: a image_text with labels [a, b], expected none",
                () -> new ImageTextDescription("t", List.of("a", "b"), Optional.empty()));
        assertRefused(
                "task t: a image_text with the template a photo, expected one with {} for the name of a class",
                () -> new ImageTextDescription("t", List.of("a", "b"), "a photo"));
    }

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
