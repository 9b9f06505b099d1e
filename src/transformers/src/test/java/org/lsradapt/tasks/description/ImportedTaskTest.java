package org.lsradapt.tasks.description;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.inputs.WordReading;

class ImportedTaskTest {

    private static ImportedTask task(String peftType, int outputs, String name, List<String> labels) {
        return new ImportedTask(
                "file",
                Optional.of(peftType),
                outputs,
                new ImportedTask.Given(
                        Optional.ofNullable(name),
                        Optional.ofNullable(labels),
                        known -> List.of(),
                        false,
                        false,
                        Optional.empty(),
                        Optional.empty()));
    }

    @Test
    void describe_peftsTaskType_decides() {
        assertEquals(
                new TextDescription("text"), task("CAUSAL_LM", 0, null, null).describe());
        assertEquals(
                new EmbeddingDescription("embedding"),
                task("FEATURE_EXTRACTION", 0, null, null).describe());
        assertEquals(
                new SpansDescription("spans", OptionalDouble.empty()),
                task("QUESTION_ANS", 2, null, null).describe());
        assertEquals(
                new TokensDescription("tokens", List.of("O", "B-X"), WordReading.JOINED),
                task("TOKEN_CLS", 2, null, List.of("O", "B-X")).describe());
        assertEquals(
                new ClassificationDescription("mood", List.of("a", "b"), false),
                task("SEQ_CLS", 2, "mood", List.of("a", "b")).describe());
        assertEquals(
                new RerankingDescription("rerank"),
                task("SEQ_CLS", 1, "rerank", null).describe());
    }

    @Test
    void describe_whatDoesNotFit_isRefused() {
        assertRefused("--task: expected the task's name", task("SEQ_CLS", 2, null, null));
        assertRefused("file: the head has 2 outputs, but task mood has 1", task("SEQ_CLS", 2, "mood", null));
        assertRefused("--labels: not expected with an adapter of", task("CAUSAL_LM", 0, null, List.of("a", "b")));
        assertRefused("file: has no head", task("SEQ_CLS", 0, "mood", null));
        assertRefused("no --labels: file is a classifier of tokens", task("TOKEN_CLS", 2, null, null));
    }

    private static void assertRefused(String message, ImportedTask task) {
        String found =
                assertThrows(IllegalArgumentException.class, task::describe).getMessage();
        assertTrue(found.startsWith(message), found);
    }
}
