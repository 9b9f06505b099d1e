package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.adapters.AdapterColumns;
import org.lsradapt.data.Calibration;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.settings.TrainingPlan;
import org.nd4j.linalg.api.buffer.DataType;

class TextClassifierTest {
    @TempDir
    Path parent;

    private static TextClassifier.Training on(String family) {
        return TextClassifier.on(Samples.model(family)).config(Samples.quick().build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "deberta-v3", "llama"})
    void train_save_load_predict(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        List<String> texts = IntStream.range(30, 60).mapToObj(Samples::text).toList();
        List<Classification> before;
        try (TextClassifier classifier =
                on(family).adapters(LsrConfig.defaults()).train(Samples.weather(60), Samples.weather(30))) {
            assertEquals(List.of("cold", "warm"), classifier.labels());
            double best = classifier.training().orElseThrow().best().metrics().get("accuracy");
            assertTrue(best > 0.9, "accuracy " + best);
            assertEquals("warm", classifier.predict("the sun is warm").label());
            before = classifier.predict(texts);
            long right = IntStream.range(0, 30)
                    .filter(i -> classifier.predict(Samples.text(i)).label().equals(i % 3 != 0 ? "warm" : "cold"))
                    .count();
            assertEquals(best, right / 30.0, 1e-12, "the best evaluation's parameters are there");
            assertTrue(classifier.adapterParameterCount() > 0);
            classifier.save(folder);
        }
        try (TextClassifier loaded = TextClassifier.load(folder)) {
            assertEquals(before, loaded.predict(texts));
            assertEquals(Optional.empty(), loaded.training());
            assertEquals(Optional.empty(), loaded.evaluated());
            assertEquals(Optional.of(false), loaded.pairs());
            String text = loaded.toString();
            assertTrue(text.startsWith("TextClassifier[classification: 2 classes (cold, warm), on "), text);
            assertTrue(text.contains(family) && text.endsWith(" trained parameters]"), text);
        }
    }

    @Test
    void train_onATable_remembersTheNamedColumns() throws Exception {
        StringBuilder rows = new StringBuilder("weather,text,body\n");
        Samples.weather(20).forEach(text -> rows.append(text.label() + ",," + text.text() + "\n"));
        Path table = Files.writeString(parent.resolve("rows.csv"), rows);
        Path folder = parent.resolve("adapter");
        LabelledData data = LabelledData.classification(table)
                .text("body")
                .label("weather")
                .read()
                .limit(10, 0)
                .holdOut(0.5, 0);
        try (TextClassifier classifier = on("bert").headOnly().train(data)) {
            classifier.save(folder);
        }
        Map<String, List<String>> named = Map.of("text", List.of("body"), "label", List.of("weather"));
        assertEquals(named, AdapterColumns.read(folder));
        try (TextClassifier loaded = TextClassifier.load(folder);
                TextClassifier unnamed = on("bert").headOnly().train(Samples.weather(20))) {
            loaded.save(parent.resolve("copy"));
            assertEquals(named, AdapterColumns.read(parent.resolve("copy")));
            unnamed.saveReplacing(folder);
            assertEquals(Map.of(), AdapterColumns.read(folder));
        }
    }

    /** Some labels are wrong, so that there is something to calibrate. */
    private static List<LabelledText> noisy(int count) {
        List<LabelledText> texts = Samples.weather(count);
        return IntStream.range(0, count)
                .mapToObj(i -> i % 5 != 0
                        ? texts.get(i)
                        : LabelledText.of(
                                texts.get(i).text(), texts.get(i).label().equals("warm") ? "cold" : "warm"))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void calibrated_keepsLabels_isSavedAndMerged_andCanBeUndone(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        Path merged = parent.resolve("merged");
        List<Example> examples = TextScorer.examples(
                IntStream.range(0, 60).mapToObj(Samples::text).toList());
        double[][] plain;
        double[][] calibrated;
        try (TextClassifier classifier = on(family).train(Samples.weather(60), noisy(30))) {
            plain = classifier.outputs(examples);
            assertEquals(List.of(), classifier.task().temperatures());
            assertThrows(IllegalArgumentException.class, classifier::uncalibrated);
        }
        double temperature;
        try (TextClassifier classifier = on(family).calibrated().train(Samples.weather(60), noisy(30));
                PretrainedModel base = Models.load(Samples.model(family))) {
            temperature = classifier.task().temperatures().get(0);
            assertTrue(Math.abs(temperature - 1) > 0.05, "temperature " + temperature);
            calibrated = classifier.outputs(examples);
            assertClose(Calibration.divided(plain, List.of(temperature)), calibrated);
            List<Example> evaluation = classifier.evaluated().isPresent() ? examples.subList(0, 30) : List.of();
            assertClose(classifier.evaluated().orElseThrow(), classifier.outputs(evaluation));
            classifier.save(folder);
            MergedModel.withHead(
                            base, classifier.adapters(), classifier.head(), classifier.task(), classifier.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        try (TextClassifier loaded = TextClassifier.load(folder)) {
            assertClose(calibrated, loaded.outputs(examples));
            assertEquals(List.of(temperature), loaded.task().temperatures());
            loaded.uncalibrated();
            assertClose(plain, loaded.outputs(examples));
        }
        try (TextClassifier loaded = TextClassifier.load(merged)) {
            assertClose(calibrated, loaded.outputs(examples));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void fewShot_contrastsFirst_andIsSavedAndMerged(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        Path merged = parent.resolve("merged");
        List<TrainingPlan> plans = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void started(TrainingPlan plan) {
                plans.add(plan);
            }
        };
        List<Example> examples = TextScorer.examples(
                IntStream.range(0, 12).mapToObj(Samples::text).toList());
        double[][] expected;
        try (TextClassifier classifier = TextClassifier.on(Samples.model(family))
                        .fewShot()
                        .epochs(1)
                        .listener(listener)
                        .train(Samples.weather(12), Samples.weather(6));
                PretrainedModel base = Models.load(Samples.model(family))) {
            expected = classifier.outputs(examples);
            classifier.save(folder);
            MergedModel.withHead(
                            base, classifier.adapters(), classifier.head(), classifier.task(), classifier.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        assertEquals(
                List.of(TrainingDefaults.CONTRAST_STEPS),
                plans.stream().map(TrainingPlan::contrastSteps).toList());
        for (Path saved : List.of(folder, merged)) {
            try (TextClassifier loaded = TextClassifier.load(saved)) {
                assertClose(expected, loaded.outputs(examples));
            }
        }
    }

    @Test
    void fewShot_withWhatItCannotHave_isRefused() throws Exception {
        String config =
                "fewShot() keeps the other defaults, and config(…) replaces them all; found both, expected one of"
                        + " them; contrastSteps is its setting";
        assertRefused(config, () -> on("bert").fewShot().train(Samples.weather(12)));
        assertRefused(
                "few-shot: found the head alone, expected adapters, which the contrast of classes trains",
                () -> TextClassifier.on(Samples.model("bert"))
                        .headOnly()
                        .fewShot()
                        .train(Samples.weather(12)));
        try (TextClassifier teacher = on("bert").headOnly().train(Samples.weather(12))) {
            assertRefused(
                    "few-shot: found a teacher as well, expected one or the other",
                    () -> TextClassifier.on(Samples.model("bert"))
                            .teacher(teacher)
                            .fewShot()
                            .train(Samples.weather(12)));
        }
    }

    private static void assertClose(double[][] expected, double[][] found) {
        for (int i = 0; i < expected.length; i++) {
            assertArrayEquals(expected[i], found[i], 2e-5, "FP32 sums of the scaled weights, row " + i);
        }
    }

    @Test
    void evaluated_areTheOutputsOfTheBestEvaluation_alsoOfATrainingThatHadEnded() throws Exception {
        // The other way about than what is learned, so that the best evaluation is not the last.
        List<LabelledText> evaluation = Samples.weather(30).stream()
                .map(text -> LabelledText.of(text.text(), text.label().equals("warm") ? "cold" : "warm"))
                .toList();
        List<double[][]> found = new ArrayList<>();
        for (boolean head : new boolean[] {false, false, true, true}) {
            TextClassifier.Training training =
                    on("bert").checkpoints(Checkpoints.in(parent.resolve(head ? "head" : "adapters")));
            try (TextClassifier classifier =
                    (head ? training.headOnly() : training).train(Samples.weather(60), evaluation)) {
                TrainingResult result = classifier.training().orElseThrow();
                assertNotEquals(result.last(), result.best());
                double[][] outputs = classifier.evaluated().orElseThrow();
                double[][] again = classifier.outputs(TextScorer.examples(
                        evaluation.stream().map(LabelledText::text).toList()));
                assertEquals(30, outputs.length);
                for (int i = 0; i < 30; i++) {
                    assertArrayEquals(again[i], outputs[i], 1e-5);
                }
                found.add(outputs);
            }
        }
        assertTrue(Arrays.deepEquals(found.get(0), found.get(1)), "adapters, resumed");
        assertTrue(Arrays.deepEquals(found.get(2), found.get(3)), "the head alone, resumed");
    }

    @Test
    void predict_ofWhatIsNoText_saysWhichOne() throws Exception {
        try (TextClassifier classifier = on("bert").headOnly().train(Samples.weather(30))) {
            assertRefused("predict: the text is empty, expected a text", () -> classifier.predict(""));
            assertRefused("predict: the text is empty, expected a text", () -> classifier.predict(" \t"));
            assertRefused(
                    "predict: the text holds half of a surrogate pair, expected whole characters",
                    () -> classifier.predict("\ud83d"));
            assertRefused(
                    "predict: example 2 of 3: the text is empty, expected a text",
                    () -> classifier.predict(List.of("sun", "", "rain")));
            assertRefused("predict: the second text is empty, expected a text", () -> classifier.predict("sun", ""));
            assertNull("predict: the text is null, expected a text", () -> classifier.predict((String) null));
            assertNull("predict: the first text is null, expected a text", () -> classifier.predict(null, "sun"));
            assertNull("predict: the second text is null, expected a text", () -> classifier.predict("sun", null));
            assertNull(
                    "predict: text 2 of 2 is null, expected a text",
                    () -> classifier.predict(Arrays.asList("sun", null)));
            assertNull(
                    "predict: the list of texts is null, expected texts",
                    () -> classifier.predict((List<String>) null));
            assertEquals(List.of(), classifier.predict(List.of()));
            assertEquals(1, classifier.outputs(TextScorer.examples(List.of(""))).length, "of a task's file");
        }
    }

    private static void assertRefused(String message, Executable prediction) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, prediction).getMessage());
    }

    private static void assertNull(String message, Executable prediction) {
        assertEquals(
                message, assertThrows(NullPointerException.class, prediction).getMessage());
    }

    @Test
    void classification_hasAllProbabilities() throws Exception {
        try (TextClassifier classifier = on("bert").train(Samples.weather(30))) {
            Classification one = classifier.predict("the rain");
            assertEquals(1, one.probabilities().stream().mapToDouble(p -> p).sum(), 1e-12);
            assertEquals(one.probability(), one.probability(one.label()));
            double[] logits = classifier.outputs(TextScorer.examples(List.of("the rain")))[0];
            assertEquals(
                    1 / (1 + Math.exp(logits[0] - logits[1])), one.probability("warm"), 1e-12, "softmax of the logits");
            IllegalArgumentException unknown =
                    assertThrows(IllegalArgumentException.class, () -> one.probability("hot"));
            assertTrue(unknown.getMessage().contains("expected one of [cold, warm]"), unknown.getMessage());
        }
    }

    @Test
    void pairs_areToldFromTexts() throws Exception {
        List<LabelledText> pairs = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            pairs.add(LabelledText.pair("the sun", i % 2 == 0 ? "is warm" : "is cold", i % 2 == 0 ? "yes" : "no"));
        }
        try (TextClassifier classifier = on("bert").train(pairs, pairs)) {
            assertEquals(Optional.of(true), classifier.pairs());
            assertEquals("yes", classifier.predict("the sun", "is warm").label());
            IllegalArgumentException single =
                    assertThrows(IllegalArgumentException.class, () -> classifier.predict("the sun is warm"));
            assertEquals("predict: found a single text, expected a pair as in training", single.getMessage());
        }
    }

    @Test
    void threads_predictAsOneDoes() throws Exception {
        List<String> texts = IntStream.range(0, 70).mapToObj(Samples::text).toList();
        try (TextClassifier classifier = on("deberta-v3").train(Samples.weather(40))) {
            List<Classification> alone = classifier.predict(texts);
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<List<Classification>>> all = new ArrayList<>();
                for (int t = 0; t < 12; t++) {
                    all.add(threads.submit(() -> classifier.predict(texts)));
                }
                for (Future<List<Classification>> one : all) {
                    assertEquals(alone, one.get());
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void baseModel_thatWasHandedOver_staysOpen_andIsShared() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"))) {
            Path folder = parent.resolve("shared");
            double[][] outputs;
            try (TextClassifier classifier =
                    TextClassifier.on(base).config(Samples.quick().build()).train(Samples.weather(30))) {
                outputs = classifier.outputs(TextScorer.examples(List.of("the sun")));
                classifier.save(folder);
            }
            try (FineTunedModel loaded = FineTunedModel.load(folder, base)) {
                assertArrayEquals(outputs, ((TextClassifier) loaded).outputs(TextScorer.examples(List.of("the sun"))));
            }
        }
    }

    @Test
    void headOnly_trainsNoAdapters() throws Exception {
        Path folder = parent.resolve("head");
        try (TextClassifier classifier = on("bert").headOnly().train(Samples.weather(30))) {
            assertEquals(Optional.empty(), classifier.adapters());
            assertEquals(0, classifier.adapterParameterCount());
            classifier.save(folder);
            try (TextClassifier loaded = TextClassifier.load(folder)) {
                assertEquals(classifier.predict("the sun"), loaded.predict("the sun"));
            }
        }
    }
}
