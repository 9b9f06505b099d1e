package org.lsradapt.finetuning.validation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Abstention;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.ClassificationTask;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.settings.TrainingConfig;

/** Folds in Java, and a classifier that takes temperature and threshold from them. */
class CrossValidationTest {
    private static final TrainingConfig CONFIG =
            Samples.quick().evaluateEvery(Integer.MAX_VALUE).build();

    @TempDir
    Path folder;

    /** Texts a fifth of which have a wrong label. */
    private static LabelledData data() {
        List<LabelledText> texts = Samples.weather(60);
        return LabelledData.classification(IntStream.range(0, 60)
                        .mapToObj(i -> i % 5 != 0
                                ? texts.get(i)
                                : LabelledText.of(
                                        texts.get(i).text(),
                                        texts.get(i).label().equals("warm") ? "cold" : "warm"))
                        .toList())
                .read();
    }

    @Test
    void pooled_measuresEachRowByAModelThatHasNotSeenIt() throws Exception {
        ClassificationTask task = new ClassificationTask(data());
        List<Example> seen = new ArrayList<>();
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            CrossValidation folds = CrossValidation.of(task, 3, true, OptionalDouble.of(0.75), (fold, number) -> {
                assertEquals(
                        60,
                        fold.data().train().size() + fold.data().evaluation().size());
                assertEquals(number, folds(seen) + 1);
                fold.data()
                        .evaluation()
                        .forEach(row -> assertTrue(!fold.data().train().contains(row)));
                seen.addAll(fold.data().evaluation());
                return TextClassifier.on(base).config(CONFIG).train(fold.data());
            });
            assertEquals(new HashSet<>(task.data().rows()), new HashSet<>(seen));
            assertEquals(
                    60,
                    folds.folds().stream().mapToInt(CrossValidation.Fold::rows).sum());
            assertEquals(60, folds.pooled().predictions().orElseThrow().right().size());
            double weighted = folds.folds().stream()
                    .mapToDouble(fold -> fold.rows() * fold.metrics().get("accuracy"))
                    .sum();
            assertEquals(weighted / 60, folds.pooled().metrics().get("accuracy"), 1e-12);
            assertTrue(folds.pooled().resamples().interval("accuracy").isPresent());
            decides(folds, task, base);
        }
    }

    private static int folds(List<Example> seen) {
        return (seen.size() + 10) / 20;
    }

    private void decides(CrossValidation folds, ClassificationTask task, BaseModel base) throws Exception {
        double least = folds.pooled().abstention().map(Abstention::threshold).orElseThrow();
        List<Double> temperatures = folds.pooled().calibration().orElseThrow().temperatures();
        try (TextClassifier all = TextClassifier.on(base)
                .config(CONFIG)
                .decidedBy(folds.pooled())
                .train(task.undivided().data())) {
            assertEquals(60, task.undivided().data().train().size());
            assertEquals(temperatures, all.task().temperatures());
            assertEquals(OptionalDouble.of(least), all.leastProbability());
            all.save(folder.resolve("all"));
        }
        try (TextClassifier loaded = TextClassifier.load(folder.resolve("all"))) {
            List<String> texts = IntStream.range(0, 40).mapToObj(Samples::text).toList();
            List<Classification> answers = loaded.predict(texts);
            List<Optional<Classification>> sure = loaded.predictIfSure(texts);
            for (int i = 0; i < texts.size(); i++) {
                Classification one = answers.get(i);
                assertEquals(one.probability() < least ? Optional.empty() : Optional.of(one), sure.get(i));
            }
            assertThrows(IllegalArgumentException.class, loaded::uncalibrated);
            loaded.answersAll();
            assertEquals(answers.stream().map(Optional::of).toList(), loaded.predictIfSure(texts));
            loaded.uncalibrated();
        }
    }

    @Test
    void abstaining_choosesOnTheEvaluationData_orSavesNone() throws Exception {
        LabelledData data = data().holdOut(0.5, 1);
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            try (TextClassifier some =
                    TextClassifier.on(base).config(CONFIG).abstaining(0.6).train(data)) {
                double[][] outputs = some.evaluated().orElseThrow();
                assertEquals(
                        Abstention.choose(0.6, data.evaluation(), outputs)
                                .orElseThrow()
                                .threshold(),
                        some.leastProbability().getAsDouble());
            }
            try (TextClassifier all =
                    TextClassifier.on(base).config(CONFIG).abstaining(0.9999).train(data)) {
                assertEquals(OptionalDouble.empty(), all.leastProbability());
                assertThrows(IllegalArgumentException.class, all::answersAll);
                assertEquals(Optional.of(all.predict("the sun")), all.predictIfSure("the sun"));
            }
            assertThrows(
                    IllegalArgumentException.class,
                    () -> TextClassifier.on(base).abstaining(1));
        }
    }
}
