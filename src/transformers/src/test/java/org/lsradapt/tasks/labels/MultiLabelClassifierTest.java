package org.lsradapt.tasks.labels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.Table;
import org.lsradapt.finetuning.Predictor;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.TaskOptions;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.MergedModel;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.examples.ClassWeights;
import org.nd4j.linalg.api.buffer.DataType;

public class MultiLabelClassifierTest {
    private static final List<String> LABELS = List.of("rain", "smile", "sun");
    public static final List<MultiLabelText> TEXTS =
            IntStream.range(0, 36).mapToObj(MultiLabelClassifierTest::text).toList();

    @TempDir
    Path parent;

    private static MultiLabelText text(int i) {
        List<String> labels = IntStream.range(0, 3)
                .filter(c -> (i >> c) % 2 == 1)
                .mapToObj(LABELS::get)
                .toList();
        return MultiLabelText.of(
                "the " + String.join(" and the ", labels) + " is a" + " .".repeat(1 + i / 8),
                labels.toArray(String[]::new));
    }

    private static MultiLabelClassifier.Training quick(String family) {
        return MultiLabelClassifier.on(Samples.model(family))
                .adapters(LsrConfig.lora(4, 4))
                .config(Samples.quick().epochs(25).build());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void train_save_load_predict(String family) throws Exception {
        Path folder = parent.resolve("adapter");
        List<String> texts = TEXTS.stream().map(MultiLabelText::text).toList();
        List<ChosenLabels> before;
        List<Double> thresholds;
        try (MultiLabelClassifier trained = quick(family).train(TEXTS, TEXTS.subList(0, 16))) {
            assertEquals(LABELS, trained.labels());
            before = trained.predict(texts);
            thresholds = trained.thresholds();
            double macro = trained.training().orElseThrow().best().metrics().get("f1_macro");
            assertEquals(
                    MultiLabelScores.METRICS,
                    List.copyOf(
                            trained.training().orElseThrow().best().metrics().keySet()));
            assertTrue(macro > 0.9, () -> "macro F1 " + macro);
            int right = 0;
            for (int i = 0; i < 16; i++) {
                right += List.copyOf(before.get(i).chosen().stream().sorted().toList())
                                .equals(TEXTS.get(i).labels())
                        ? 1
                        : 0;
            }
            assertEquals(
                    trained.training().orElseThrow().best().metrics().get("accuracy"),
                    right / 16.0,
                    1e-12,
                    "predictions use the thresholds that the metrics are of");
            trained.save(folder);
        }
        try (MultiLabelClassifier loaded = MultiLabelClassifier.load(folder)) {
            assertEquals(thresholds, loaded.thresholds());
            assertEquals(before, loaded.predict(texts));
            assertEquals("labels", loaded.task().name());
            assertThrows(IllegalArgumentException.class, () -> TextClassifier.load(folder));
        }
    }

    @Test
    void calibrated_choosesTheSameLabels_withATemperatureEach_andCanBeUndone() throws Exception {
        Path folder = parent.resolve("adapter");
        List<String> texts = TEXTS.stream().map(MultiLabelText::text).toList();
        List<MultiLabelText> noisy = IntStream.range(0, 36)
                .mapToObj(i -> i % 6 != 0
                        ? TEXTS.get(i)
                        : MultiLabelText.of(
                                texts.get(i), i % 4 == 0 ? new String[] {"rain", "sun"} : new String[] {"smile"}))
                .toList();
        List<ChosenLabels> plain;
        List<Double> thresholds;
        try (MultiLabelClassifier trained = quick("bert").train(TEXTS, noisy)) {
            plain = trained.predict(texts);
            thresholds = trained.thresholds();
        }
        List<ChosenLabels> calibrated;
        try (MultiLabelClassifier trained = quick("bert").calibrated().train(TEXTS, noisy)) {
            assertEquals(3, trained.task().temperatures().size());
            calibrated = trained.predict(texts);
            trained.save(folder);
        }
        for (int i = 0; i < texts.size(); i++) {
            assertEquals(sorted(plain.get(i)), sorted(calibrated.get(i)));
        }
        assertTrue(calibrated.get(0).probability("rain") != plain.get(0).probability("rain"));
        try (MultiLabelClassifier loaded = MultiLabelClassifier.load(folder)) {
            assertEquals(calibrated, loaded.predict(texts));
            Path table = Files.writeString(
                    parent.resolve("table.jsonl"),
                    noisy.stream()
                            .map(one -> "{\"text\": \"" + one.text() + "\", \"labels\": \""
                                    + String.join(",", one.labels()) + "\"}\n")
                            .collect(Collectors.joining()));
            Map<String, Double> metrics = measured(loaded, table);
            loaded.uncalibrated();
            assertEquals(metrics, measured(loaded, table));
            List<ChosenLabels> undone = loaded.predict(texts);
            for (int i = 0; i < texts.size(); i++) {
                assertEquals(plain.get(i).chosen(), undone.get(i).chosen());
                for (int c = 0; c < 3; c++) {
                    assertEquals(
                            plain.get(i).probabilities().get(c),
                            undone.get(i).probabilities().get(c),
                            1e-5);
                    assertEquals(thresholds.get(c), undone.get(i).thresholds().get(c), 1e-9);
                }
            }
        }
    }

    private static Map<String, Double> measured(MultiLabelClassifier model, Path table) throws IOException {
        try (Predictor predictor =
                model.predictor(new Predictor.Request("model", new TaskOptions("labels", Map.of())))) {
            return predictor.compare(Table.of(table)).metrics();
        }
    }

    private static List<String> sorted(ChosenLabels labels) {
        return labels.chosen().stream().sorted().toList();
    }

    @Test
    void chosenLabels_reachTheirThresholds_mostProbableFirst() {
        ChosenLabels chosen = ChosenLabels.of(new double[] {0.1, 3, -1}, LABELS, List.of(0.5, 0.9, 0.3));
        assertEquals(List.of("smile", "rain"), chosen.chosen());
        assertEquals(1 / (1 + Math.E), chosen.probability("sun"), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> chosen.probability("snow"));
        assertEquals(
                List.of(),
                ChosenLabels.of(new double[] {-1, 2, -3}, LABELS, List.of(0.5, 0.9, 0.3))
                        .chosen());
    }

    @ParameterizedTest
    @ValueSource(strings = {"bert", "llama"})
    void mergedFolder_isAMultiLabelClassifier_withEqualAnswers(String family) throws Exception {
        Path merged = parent.resolve("merged");
        List<ChosenLabels> expected;
        List<String> texts = TEXTS.stream().map(MultiLabelText::text).toList();
        try (MultiLabelClassifier trained = quick(family).train(TEXTS, TEXTS);
                PretrainedModel base = Models.load(Samples.model(family))) {
            expected = trained.predict(texts);
            MergedModel.withHead(base, trained.adapters(), trained.head(), trained.task(), trained.maxLength())
                    .write(merged, DataType.FLOAT);
        }
        Path config = merged.resolve("config.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode fields = (ObjectNode) json.readTree(config.toFile());
        assertEquals("multi_label_classification", fields.get("problem_type").asText());
        try (MultiLabelClassifier loaded = MultiLabelClassifier.load(merged)) {
            List<ChosenLabels> found = loaded.predict(texts);
            assertEquals(expected.get(0).thresholds(), loaded.thresholds());
            for (int i = 0; i < found.size(); i++) {
                for (String label : LABELS) {
                    assertEquals(
                            expected.get(i).probability(label), found.get(i).probability(label), 1e-5);
                }
            }
        }
        fields.remove("label_thresholds");
        json.writeValue(config.toFile(), fields);
        try (MultiLabelClassifier loaded = MultiLabelClassifier.load(merged)) {
            assertEquals(List.of(0.5, 0.5, 0.5), loaded.thresholds(), "as of other libraries");
        }
    }

    @Test
    void weights_moveTheProbabilities() throws Exception {
        assertArrayEquals(
                new double[] {3, 1, 1 / 3.0},
                ClassWeights.positive(new double[][] {{1, 0, 1}, {0, 0, 1}, {0, 0, 1}, {0, 0, 0}}),
                1e-12);
        try (MultiLabelClassifier plain = briefly().train(TEXTS, TEXTS);
                MultiLabelClassifier weighted =
                        briefly().positiveWeights(9, 9, 9).train(TEXTS, TEXTS);
                MultiLabelClassifier balanced = briefly().balancedLabels().train(TEXTS, TEXTS)) {
            ChosenLabels one = plain.predict("the sun is");
            for (String label : LABELS) {
                assertTrue(weighted.predict("the sun is").probability(label) > one.probability(label));
            }
            assertTrue(balanced.predict("the sun is").probability("sun") > 0);
        }
    }

    private static MultiLabelClassifier.Training briefly() {
        return MultiLabelClassifier.on(Samples.model("bert"))
                .headOnly()
                .name("weather")
                .config(Samples.quick().epochs(2).build());
    }

    /** What is cut short goes on to the bit, and refuses other labels. */
    @Test
    void checkpoints_goOnAndKnowTheirLabels() throws Exception {
        Path folder = parent.resolve("checkpoints");
        float[] whole;
        try (MultiLabelClassifier trained = briefly().train(TEXTS, TEXTS)) {
            whole = trained.head().values().toFloatVector();
        }
        for (int i = 0; i < 2; i++) {
            try (MultiLabelClassifier trained =
                    briefly().checkpoints(Checkpoints.in(folder)).train(TEXTS, TEXTS)) {
                assertArrayEquals(whole, trained.head().values().toFloatVector());
            }
        }
        List<MultiLabelText> others = new ArrayList<>(TEXTS);
        others.set(3, MultiLabelText.of(TEXTS.get(3).text(), "rain"));
        assertThrows(
                Exception.class,
                () -> briefly()
                        .checkpoints(Checkpoints.in(folder))
                        .train(others, TEXTS)
                        .close());
    }

    @Test
    void otherData_isRefused() {
        LabelledData one = LabelledData.classification(Samples.weather(12)).read();
        assertTrue(assertThrows(IllegalArgumentException.class, () -> briefly().train(one))
                .getMessage()
                .contains("expected texts with labels"));
        MultiLabelData several = MultiLabelData.of(TEXTS).read();
        assertThrows(
                IllegalArgumentException.class,
                () -> TextClassifier.on(Samples.model("bert"))
                        .train(several.task("labels").load()));
    }
}
