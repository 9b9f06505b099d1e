package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.data.Label;
import org.lsradapt.data.Task;

class TasksTest {

    @Test
    void names_all() {
        assertEquals(
                List.of(
                        "wordnet",
                        "wordnet-10k",
                        "cola",
                        "sst2",
                        "mrpc",
                        "stsb",
                        "qqp",
                        "mnli",
                        "mnli-mm",
                        "qnli",
                        "rte",
                        "wnli",
                        "boolq",
                        "cb",
                        "copa",
                        "wic",
                        "wsc"),
                Tasks.names());
    }

    static List<String> names() {
        return Tasks.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void named_eachNameInAnyCase_givesThatTask(String name) {
        Task task = Tasks.named(name);
        assertEquals(name, task.name());
        assertSame(task, Tasks.named(name.toUpperCase(Locale.ROOT)));
        assertEquals(!name.startsWith("wordnet"), task.needsFolder());
        assertEquals(task.metricNames().get(0), task.primaryMetric());
        assertEquals(task.labelType() == Label.Value.class, task.labels().isEmpty());
        assertEquals(Math.max(1, task.labels().size()), task.outputWidth());
        assertEquals(task.labels().size(), task.labels().stream().distinct().count());
    }

    /** Most titles are the official spelling of the name, so that they find the task too. */
    @ParameterizedTest
    @MethodSource("names")
    void title_isTheOfficialSpelling(String name) {
        Task task = Tasks.named(name);
        switch (name) {
            case "wordnet" -> assertEquals("WordNet glosses", task.title());
            case "wordnet-10k" -> assertEquals("WordNet glosses, evaluated on 10,000", task.title());
            case "mnli-mm" -> assertEquals("MNLI mismatched", task.title());
            default -> assertSame(task, Tasks.named(task.title()));
        }
        assertFalse(task.title().equals(name), "in lower case");
    }

    @Test
    void named_aliases_giveTheSameTask() {
        assertSame(Tasks.named("sst2"), Tasks.named("SST-2"));
        assertSame(Tasks.named("stsb"), Tasks.named("STS-B"));
    }

    @Test
    void named_turkishLocale_doesNotMatter() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(new Locale.Builder().setLanguage("tr").build());
            assertEquals("wic", Tasks.named("WIC").name());
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void named_unknown_listsAllNames() {
        assertEquals(
                "unknown task \"mrcp\", expected one of wordnet, wordnet-10k, cola, sst2, mrpc, stsb, qqp, mnli, "
                        + "mnli-mm, qnli, rte, wnli, boolq, cb, copa, wic, wsc",
                assertThrows(IllegalArgumentException.class, () -> Tasks.named("mrcp"))
                        .getMessage());
    }

    @ParameterizedTest
    @CsvSource({
        "wordnet, accuracy",
        "cola, matthews",
        "sst2, accuracy",
        "mrpc, accuracy f1",
        "stsb, pearson spearman",
        "qqp, accuracy f1",
        "mnli, accuracy",
        "mnli-mm, accuracy",
        "qnli, accuracy",
        "rte, accuracy",
        "wnli, accuracy",
        "boolq, accuracy",
        "cb, accuracy f1",
        "copa, accuracy",
        "wic, accuracy",
        "wsc, accuracy"
    })
    void metricNames_areTheOfficialOnes(String name, String metrics) {
        assertEquals(List.of(metrics.split(" ")), Tasks.named(name).metricNames());
    }

    @ParameterizedTest
    @CsvSource({
        "cola, unacceptable acceptable",
        "sst2, negative positive",
        "mrpc, not_equivalent equivalent",
        "qqp, not_duplicate duplicate",
        "mnli, contradiction entailment neutral",
        "mnli-mm, contradiction entailment neutral",
        "qnli, entailment not_entailment",
        "rte, entailment not_entailment",
        "wnli, not_entailment entailment",
        "boolq, no yes",
        "cb, contradiction entailment neutral",
        "copa, wrong right",
        "wic, different_sense same_sense",
        "wsc, different_referent same_referent"
    })
    void labels_areInIndexOrder(String name, String labels) {
        assertEquals(List.of(labels.split(" ")), Tasks.named(name).labels());
    }

    @Test
    void labels_modified_isRefused() {
        assertThrows(
                UnsupportedOperationException.class,
                () -> Tasks.named("rte").labels().add("other"));
        assertTrue(Tasks.named("stsb").labels().isEmpty());
    }
}
