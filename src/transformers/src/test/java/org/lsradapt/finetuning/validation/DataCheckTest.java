package org.lsradapt.finetuning.validation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.RowLabels;
import org.lsradapt.data.checks.DataFacts;
import org.lsradapt.data.checks.LabelIssue;
import org.lsradapt.data.checks.LabelIssues;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.SharedFeatures;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.PromptCompletion;
import org.lsradapt.tasks.generation.TextTask;
import org.lsradapt.tasks.ordinal.OrdinalData;
import org.lsradapt.tasks.ordinal.OrdinalTask;
import org.lsradapt.training.PassExecutor;

class DataCheckTest {
    private static final int WRONG = 10;

    private static List<LabelledText> pairs(String first, String second) {
        return IntStream.range(0, 48)
                .mapToObj(i -> LabelledText.pair(
                        "the ".repeat(1 + i / 4) + (i % 2 == 0 ? "sun sun sun warm" : "rain rain rain"),
                        i % 4 < 2 ? "a ." : "and .",
                        (i % 2 == 0) == (i == WRONG) ? second : first))
                .toList();
    }

    private static List<Integer> rows(DataReport report) {
        return report.issues().orElseThrow().all().stream().map(LabelIssue::row).toList();
    }

    @Test
    void on_pairs_findsTheWrongLabelWithAHeadAndWithAdapters() throws IOException {
        LabelledData data = LabelledData.classification(pairs("warm", "cold")).read();
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            DataCheck check = DataCheck.of(new ClassificationTask(data)).folds(3);
            DataReport report = check.on(base);
            LabelIssue first = report.issues().orElseThrow().all().get(0);
            assertEquals(WRONG + 1, first.row());
            assertEquals(List.of("cold"), first.given());
            assertEquals(List.of("warm"), first.suggested());
            assertEquals(rows(report), rows(check.on(base)));
            assertTrue(
                    report.sentences().get(0).startsWith("rows: 48"),
                    report.sentences().toString());
            assertTrue(rows(check.adapters(LsrConfig.defaults()).on(base)).contains(WRONG + 1));
        }
    }

    /** Three quarters of the labels agree with the probabilities. */
    @Test
    void sentences_headAloneThatAgreesWithFewLabels_recommendAdapters() {
        RowLabels<?> labels = LabelledData.classification(pairs("warm", "cold"))
                .read()
                .rowLabels()
                .orElseThrow();
        double[][] outputs = new double[labels.all().size()][];
        for (int i = 0; i < outputs.length; i++) {
            int given = labels.all().get(i).get(0).labels().get(0);
            double first = (given == 0) == (i % 4 > 0) ? 0.9 : 0.1;
            outputs[i] = new double[] {first, 1 - first};
        }
        Optional<LabelIssues> issues =
                Optional.of(LabelIssues.find(labels, outputs, LabelIssues.Ranking.SELF_CONFIDENCE));
        DataFacts facts = DataFacts.of(labels, Optional.empty());
        assertEquals(0.75, issues.get().agreement());
        assertTrue(new DataReport(labels, facts, Optional.empty(), issues, 5, true)
                .sentences().stream().anyMatch(sentence -> sentence.contains("--trained")));
        assertTrue(new DataReport(labels, facts, Optional.empty(), issues, 5, false)
                .sentences().stream().noneMatch(sentence -> sentence.contains("--trained")));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void on_modelWhoseFeaturesAreShared_findsTheSame(boolean trained) throws IOException {
        LabelledData data = LabelledData.classification(pairs("warm", "cold")).read();
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                SharedFeatures features = new SharedFeatures()) {
            OutOfFold folds = new OutOfFold(
                    3,
                    1,
                    32,
                    trained ? Optional.of(LsrConfig.defaults()) : Optional.empty(),
                    PassExecutor.LOCAL,
                    said -> {});
            double[][] alone = folds.of(new ClassificationTask(data), base);
            base.share(Optional.of(features));
            double[][] shared = folds.of(new ClassificationTask(data), base);
            for (int row = 0; row < alone.length; row++) {
                // The same inputs in other batches, in FLOAT; adapters multiply the difference in each step.
                assertArrayEquals(alone[row], shared[row], trained ? 0.02 : 1e-4);
            }
        }
    }

    @Test
    void on_orderedClasses_findsTheWrongLabel() throws IOException {
        LabelledData data = OrdinalData.of(pairs("2", "1")).read();
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            assertTrue(
                    rows(DataCheck.of(new OrdinalTask(data)).folds(3).on(base)).contains(WRONG + 1));
        }
    }

    @Test
    void of_taskWithoutLabels_isRefused() {
        LanguageModelData texts = LanguageModelData.of(List.of(
                        new PromptCompletion("sun", "warm"),
                        new PromptCompletion("rain", "cold"),
                        new PromptCompletion("snow", "cold")))
                .read();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> DataCheck.of(new TextTask("text", texts)))
                .getMessage()
                .startsWith("check of data: task text has no labels of texts or words"));
    }
}
