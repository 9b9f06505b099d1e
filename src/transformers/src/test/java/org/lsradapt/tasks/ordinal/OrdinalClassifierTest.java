package org.lsradapt.tasks.ordinal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.Example;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.Ensemble;
import org.lsradapt.tasks.classification.KeyTrainer;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;

class OrdinalClassifierTest {
    private static final String[] WEATHER = {"rain is cold", "rain is warm", "sun is cold", "sun is warm"};
    /** One star for rain and one for cold are missing to three. */
    private static final List<LabelledText> TEXTS = IntStream.range(0, 48)
            .mapToObj(i -> LabelledText.of(
                    "the " + WEATHER[i % 4] + " .".repeat(1 + i / 8),
                    List.of("1", "2", "2", "3").get(i % 4)))
            .toList();

    private static final List<String> ASKED = List.of("the rain is cold .", "the sun is cold .", "the sun is warm .");

    @TempDir
    Path parent;

    private static OrdinalClassifier.Training quick(String family) {
        return OrdinalClassifier.on(Samples.model(family))
                .adapters(LsrConfig.lora(4, 4))
                .config(Samples.quick().epochs(15).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void train_save_load_predict(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        List<OrdinalPrediction> before;
        List<Double> thresholds;
        try (OrdinalClassifier trained = quick(family).train(TEXTS, TEXTS.subList(0, 24))) {
            assertEquals(List.of("1", "2", "3"), trained.labels());
            double kappa = trained.training().orElseThrow().best().metrics().get("quadratic_kappa");
            assertTrue(kappa > 0.8, () -> "kappa " + kappa);
            before = trained.predict(ASKED);
            thresholds = trained.thresholds();
            assertArrayEquals(
                    trained.evaluated().orElseThrow()[5],
                    trained.outputs(OrdinalData.of(TEXTS).dev(TEXTS).read().train())[5],
                    1e-4);
            trained.save(folder);
        }
        assertEquals(
                List.of("1", "2", "3"),
                before.stream().map(OrdinalPrediction::label).toList());
        OrdinalPrediction middle = before.get(1);
        assertEquals(middle.classes().probability("2"), middle.probability());
        assertEquals(
                middle.classes().probability("1")
                        + 2 * middle.classes().probability("2")
                        + 3 * middle.classes().probability("3"),
                middle.expectedValue(),
                1e-12);
        try (OrdinalClassifier loaded = OrdinalClassifier.load(folder)) {
            assertEquals(thresholds, loaded.thresholds());
            assertEquals(before, loaded.predict(ASKED));
            assertEquals(
                    0,
                    loaded.head().parameters().stream()
                            .filter(parameter -> parameter.name().equals("classifier.bias"))
                            .mapToDouble(
                                    parameter -> parameter.value().amaxNumber().doubleValue())
                            .sum());
            assertThrows(IllegalArgumentException.class, () -> TextClassifier.load(folder));
        }
    }

    @Test
    void mergedFolder_isAnOrdinalClassifier_withEqualAnswers() throws Exception {
        Path merged = parent.resolve("merged");
        List<OrdinalPrediction> expected;
        try (OrdinalClassifier trained = quick("bert").train(TEXTS, TEXTS);
                PretrainedModel base = Models.load(Samples.model("bert"))) {
            expected = trained.predict(ASKED);
            MergedModel.withHead(base, trained.adapters(), trained.head(), trained.task(), trained.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        try (OrdinalClassifier loaded = OrdinalClassifier.load(merged)) {
            for (int i = 0; i < ASKED.size(); i++) {
                assertEquals(
                        expected.get(i).expectedValue(),
                        loaded.predict(ASKED.get(i)).expectedValue(),
                        1e-5);
            }
        }
        Path twice = parent.resolve("twice");
        try (TextClassifier other = TextClassifier.on(merged.toString())
                        .headOnly()
                        .config(Samples.quick().epochs(1).build())
                        .train(Samples.weather(12), Samples.weather(12));
                PretrainedModel base = Models.load(merged.toString())) {
            MergedModel.withHead(base, other.adapters(), other.head(), other.task(), other.maxLength())
                    .write(twice, DataType.FLOAT);
        }
        try (TextClassifier loaded = TextClassifier.load(twice)) {
            assertEquals(List.of("cold", "warm"), loaded.labels(), "no field of the old head is left");
        }
    }

    @Test
    void ensemble_averagesProbabilities_andKeysAreRefused() throws Exception {
        Path folder = parent.resolve("adapter");
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                OrdinalClassifier one = briefly(base).balancedClasses().train(TEXTS, TEXTS);
                OrdinalClassifier other = briefly(base).train(TEXTS, TEXTS)) {
            Classification both = Ensemble.of(List.of(one, other))
                    .predictExamples(
                            ASKED.stream().map(text -> new Example(text, null)).toList())
                    .get(0);
            double first = one.predict(ASKED).get(0).classes().probability("2");
            double second = other.predict(ASKED).get(0).classes().probability("2");
            assertTrue(first < second, () -> "the frequent class: " + first + " and, not balanced, " + second);
            assertEquals((first + second) / 2, both.probability("2"), 1e-9);
            one.save(folder);
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> KeyTrainer.of(base, folder, Samples.quick().build()))
                    .getMessage();
            assertTrue(message.contains("(ordinal), expected a classifier of texts with one label each"), message);
        }
    }

    private static OrdinalClassifier.Training briefly(BaseModel base) {
        return OrdinalClassifier.on(base)
                .headOnly()
                .config(Samples.quick().epochs(3).build());
    }

    private static OrdinalClassifier.Training onLora(BaseModel base) {
        return OrdinalClassifier.on(base)
                .adapters(LsrConfig.lora(4, 4))
                .config(Samples.quick().epochs(3).build());
    }

    /** What is cut short goes on to the bit. */
    @Test
    void checkpoints_holdTheThresholds() throws Exception {
        Path folder = parent.resolve("checkpoints");
        try (BaseModel base = BaseModel.load(Samples.model("bert"));
                OrdinalClassifier whole = onLora(base).train(TEXTS, TEXTS)) {
            assertEquals(2, whole.thresholds().size());
            TrainingListener killed = new TrainingListener() {
                @Override
                public void stepped(int step, int steps, double loss) {
                    if (step > steps / 2) {
                        throw new IllegalStateException("killed");
                    }
                }
            };
            assertThrows(
                    IllegalStateException.class,
                    () -> onLora(base)
                            .checkpoints(Checkpoints.in(folder).every(3))
                            .listener(killed)
                            .train(TEXTS, TEXTS));
            List<Integer> resumed = new ArrayList<>();
            TrainingListener seen = new TrainingListener() {
                @Override
                public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
                    resumed.add(step);
                }
            };
            try (OrdinalClassifier trained = onLora(base)
                    .checkpoints(Checkpoints.in(folder).every(3))
                    .listener(seen)
                    .train(TEXTS, TEXTS)) {
                assertEquals(whole.thresholds(), trained.thresholds());
                assertEquals(whole.predict(ASKED), trained.predict(ASKED));
                assertEquals(1, resumed.size());
                assertTrue(resumed.get(0) > 0, () -> "resumed at step " + resumed.get(0));
            }
        }
    }

    @Test
    void numbersToPredict_areRefused() {
        LabelledData numbers = LabelledData.regression(Samples.degrees(30)).read();
        assertEquals(
                "classifier of ordered classes: task regression has no classes, expected a classification",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> OrdinalClassifier.on(Samples.model("bert"))
                                        .train(numbers))
                        .getMessage());
    }
}
