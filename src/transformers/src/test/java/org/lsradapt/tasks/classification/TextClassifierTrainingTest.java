package org.lsradapt.tasks.classification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.LabelledText;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.training.settings.TrainingPlan;

/** The settings of trainings, and what trainings say. */
class TextClassifierTrainingTest {
    @TempDir
    Path parent;

    private static TextClassifier.Training on(String family) {
        return TextClassifier.on(Samples.model(family)).config(Samples.quick().build());
    }

    @Test
    void epochs_ofFewExamples_makeAThousandSteps_orThirtyPasses() {
        assertEquals(5, TrainingDefaults.epochs(3_000, 32));
        assertEquals(11, TrainingDefaults.epochs(2_999, 32)); // 94 steps each
        assertEquals(13, TrainingDefaults.epochs(2_490, 32)); // 78 steps each
        assertEquals(30, TrainingDefaults.epochs(250, 32));
        assertEquals(30, TrainingDefaults.epochs(100, 32));
        assertEquals(60, TrainingDefaults.epochs(99, 32));
        assertEquals(60, TrainingDefaults.epochs(1, 1));
        assertEquals(5, TrainingDefaults.epochs(2_000, 4)); // 500 steps each
    }

    @Test
    void checkpoints_ofATrainingWithAnotherResult_areRefused() throws Exception {
        List<LabelledText> train = Samples.weather(40).subList(0, 33);
        List<LabelledText> dev = Samples.weather(20);
        training(List.of()).train(train, dev).close();
        training(List.of()).train(train, dev).close();
        assertRefused(
                "class weights is none, this one's is [", training(List.of()).balancedClasses(), train, dev);
        assertRefused("class weights", training(List.of()).classWeights(1, 2), train, dev);
        assertRefused("adapters is [lsr {", training(List.of()).adapters(scaled()), train, dev);
        assertRefused("adapted layers", training(List.of("key", "value")), train, dev);
        List<LabelledText> turned = new ArrayList<>(dev);
        turned.set(0, LabelledText.of(dev.get(0).text(), dev.get(1).label()));
        assertRefused("evaluation data", training(List.of()), train, turned);
        assertRefused("evaluation data", training(List.of()), train, dev.subList(1, 20));
    }

    private TextClassifier.Training training(List<String> targets) {
        TextClassifier.Training training = TextClassifier.on(Samples.model("bert"))
                .config(Samples.quick().epochs(1).headSteps(1).build())
                .checkpoints(Checkpoints.in(parent.resolve("state")));
        return targets.isEmpty() ? training : training.targets(LayerSelector.suffixes(targets));
    }

    private static LsrConfig scaled() {
        return LsrConfig.builder().alpha(3).build();
    }

    private static void assertRefused(
            String expected, TextClassifier.Training training, List<LabelledText> train, List<LabelledText> dev) {
        String message = assertThrows(
                        IOException.class, () -> training.train(train, dev).close())
                .getMessage();
        assertTrue(message.contains(".safetensors: is of a training whose " + expected), message);
    }

    @Test
    void train_adaptersLargerThanTheirLayers_warns_once() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            for (int terms : new int[] {1, 50, 50}) {
                on("bert")
                        .config(Samples.quick().epochs(1).build())
                        .adapters(LsrConfig.builder().separationRank(terms).build())
                        .listener(TrainingListener.SILENT)
                        .train(Samples.weather(8), Samples.weather(4))
                        .close();
            }
        } finally {
            System.setErr(before);
        }
        List<String> warnings = bytes.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("WARN"))
                .filter(line -> line.contains("more parameters"))
                .toList();
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(
                warnings.get(0).contains("have weights: 4 of 4, such as encoder.layer.0.attention.self.query, ")
                        && warnings.get(0).contains(" for 900 weights"),
                warnings::toString);
    }

    @Test
    void train_saysWhatWasHeldOut_andHowMuchOfAnInputIsRead() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            on("bert")
                    .listener(TrainingListener.SILENT)
                    .train(Samples.weather(40))
                    .close();
        } finally {
            System.setErr(before);
        }
        String log = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(log.contains("INFO org.lsradapt.data.DataBuilder - held out "), log);
        assertTrue(
                log.matches("(?s).*inputs are read up to \\d+ tokens, the default for this data and this model\n.*"),
                log);
    }

    @Test
    void train_ofAClassifierThatAnswersOneClass_warns() throws Exception {
        List<LabelledText> mostlyWarm = new ArrayList<>(Samples.weather(60).stream()
                .filter(text -> text.label().equals("warm"))
                .toList());
        mostlyWarm.add(LabelledText.of("smile", "cold"));
        // All of them look warm.
        List<LabelledText> evaluation = IntStream.range(0, 30)
                .mapToObj(i -> LabelledText.of(mostlyWarm.get(i).text(), i % 3 == 0 ? "cold" : "warm"))
                .toList();
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        TextClassifier.Training training = on("bert")
                .config(Samples.quick().evaluateEvery(1000).build())
                .classWeights(1e-3, 1)
                .listener(TrainingListener.SILENT);
        try (TextClassifier classifier = training.train(mostlyWarm, evaluation)) {
            assertEquals("warm", classifier.predict("the sun is warm").label());
        } finally {
            System.setErr(before);
        }
        String log = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(log.contains("WARN"), log);
        assertTrue(
                log.contains(
                        "the classifier answers \"warm\" for each of 30 evaluation examples, of which 20 are of that class"),
                log);
    }

    @Test
    void classWeights_countInTheLoss() throws Exception {
        double plain = firstLoss(on("bert"));
        assertNotEquals(plain, firstLoss(on("bert").balancedClasses()));
        assertEquals(
                firstLoss(on("bert").balancedClasses()), firstLoss(on("bert").classWeights(1.5, 0.75)), 1e-6);
        IllegalArgumentException three = assertThrows(
                IllegalArgumentException.class, () -> firstLoss(on("bert").classWeights(1, 2, 3)));
        assertEquals("class weights: 3 weights for 2 classes", three.getMessage());
    }

    /** The first step's loss over 30 texts, of which 10 are cold and 20 warm. */
    private static double firstLoss(TextClassifier.Training training) throws IOException {
        double[] loss = {Double.NaN};
        training.config(Samples.quick().epochs(1).batchSize(30).build())
                .listener(new TrainingListener() {
                    @Override
                    public void stepped(int step, int steps, double value) {
                        loss[0] = value;
                    }
                })
                .train(Samples.weather(30), Samples.weather(6))
                .close();
        return loss[0];
    }

    @Test
    void listener_isTold_andTargetsAreAdapted() throws Exception {
        List<EvaluationResult> results = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void evaluated(EvaluationResult result, boolean best) {
                results.add(result);
            }
        };
        try (TextClassifier classifier = on("bert")
                .targets(LayerSelector.allLinear())
                .listener(listener)
                .train(Samples.weather(30), Samples.weather(6))) {
            assertEquals(classifier.training().orElseThrow().evaluations(), results);
            assertEquals(
                    classifier.base().linearLayers().size(),
                    classifier.adapters().orElseThrow().adapters().size());
        }
    }

    @Test
    void settings_thatDoNotFit_areRefused() {
        IllegalArgumentException length = assertThrows(
                IllegalArgumentException.class, () -> on("bert").maxLength(9999).train(Samples.weather(30)));
        assertTrue(length.getMessage().startsWith("max length 9999: model "), length.getMessage());
        IllegalArgumentException layer = assertThrows(
                IllegalArgumentException.class,
                () -> on("bert")
                        .targets(LayerSelector.suffixes(List.of("q_proj")))
                        .train(Samples.weather(30)));
        assertTrue(layer.getMessage().contains("no layer's name ends with 'q_proj'"), layer.getMessage());
    }

    @Test
    void epochs_keepTheOtherDefaults_andAreNotForAConfig() throws IOException {
        TextClassifier.Training training =
                TextClassifier.on("minilm").adapters(LsrConfig.lora(8, 32)).epochs(3);
        List<TrainingPlan> plans = new ArrayList<>();
        TextClassifier.on(Samples.model("bert"))
                .epochs(2)
                .listener(new TrainingListener() {
                    @Override
                    public void started(TrainingPlan plan) {
                        plans.add(plan);
                    }
                })
                .train(Samples.weather(20), Samples.weather(10))
                .close();
        assertEquals(2, plans.get(0).epochs());
        assertEquals(
                TrainingDefaults.HEAD.withoutAdapters().headSteps(),
                plans.get(0).headSteps());
        assertEquals(
                "epochs(3) keeps the other defaults, and config(…) replaces them all; found both, expected one of them",
                assertThrows(IllegalArgumentException.class, () -> training.config(TrainingConfig.defaults()))
                        .getMessage());
        assertThrows(
                IllegalArgumentException.class,
                () -> TextClassifier.on("minilm").epochs(0));
    }
}
