package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.TwoClasses;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.ConditionMonitor.Policy;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.SkewedTerms;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.LowPrecision;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Trainings that are cut short at a step, and gone on with. */
class CheckpointsTest {
    private static final Backend BACKEND = Backends.standard();
    private static final LsrConfig ADAPTERS =
            LsrConfig.builder().separationRank(3).bottleneckRank(2).build();

    @TempDir
    Path folder;

    /** Kinds of training whose state differs. */
    enum Kind {
        PLAIN(config()),
        DROPOUT(config().dropout(0.2)),
        ACCUMULATED(config().accumulate(2).batchTokens(30)),
        STOPPED_EARLY(config().epochs(9).patience(1).learningRate(0.3)),
        MIDWAY_EVALUATIONS(config().evaluateEvery(2)),
        CHECKPOINTED(config().checkpointing(true).chunkSize(3)),
        FP16(config().lowPrecision(new LowPrecision(Precision.FP16, false))),
        BF16_WITH_MASTER(config().lowPrecision(new LowPrecision(Precision.BF16, true))),
        FALLING_BACK(config().lowPrecision(new LowPrecision(Precision.FP8_E4M3, false))
                .monitor(new ConditionMonitor.Settings(2, Precision.FP8_E4M3, 0.05, Policy.FALL_BACK))),
        HEAD_FIRST(config().headSteps(5)),
        CONTRAST_FIRST(config().contrastSteps(4).headSteps(3).dropout(0.2)),
        REORTHOGONALIZED(
                config().monitor(new ConditionMonitor.Settings(2, Precision.BF16, 1e-3, Policy.REORTHOGONALIZE))),
        SHARING_PARAMETERS(config(), KroneckerConfig.kadaptation(3, 1, 2));

        private final TrainingConfig config;
        private final AdapterConfig adapters;

        Kind(TrainingConfig.Builder config) {
            this(config, ADAPTERS);
        }

        Kind(TrainingConfig.Builder config, AdapterConfig adapters) {
            this.config = config.build();
            this.adapters = adapters;
        }
    }

    private static TrainingConfig.Builder config() {
        return TrainingConfig.builder()
                .epochs(3)
                .batchSize(8)
                .learningRate(0.01)
                .headLearningRate(0.02)
                .warmUp(0.1)
                .seed(7);
    }

    private static List<EncodedExample> examples(int count, long seed) {
        Random random = new Random(seed);
        List<EncodedExample> examples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] ids = random.ints(2 + random.nextInt(4), 1, 31).toArray();
            examples.add(new EncodedExample(
                    new Example("text", null, new Label.Category(ids[0] % 2)),
                    new TokenSequence(ids, new int[ids.length])));
        }
        return examples;
    }

    /** As if the process had died. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** What came of a training. */
    private record Outcome(TrainingResult result, List<double[]> parameters, List<String> told) {}

    /** Trains from the start, or from what is in the folder, until a step. */
    private static Outcome train(TrainingConfig config, boolean adapted, Optional<Checkpoints> where, int killedAt)
            throws IOException {
        return train(config, ADAPTERS, adapted, where, killedAt);
    }

    private static Outcome train(
            TrainingConfig config,
            AdapterConfig adapterConfig,
            boolean adapted,
            Optional<Checkpoints> where,
            int killedAt)
            throws IOException {
        List<String> told = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void resumed(int step, int steps, List<EvaluationResult> evaluations, boolean ended) {
                told.add((ended ? "ended at " : "resumed at ") + step);
            }

            @Override
            public void stepped(int step, int steps, double loss) {
                if (step > killedAt) {
                    throw new Killed();
                }
            }
        };
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(
                        LayerSelector.suffixes(List.of("query", "value")).select(weights.linearLayers()),
                        adapterConfig,
                        BACKEND);
                SequenceHead head = new SequenceHead(weights, 2, 3);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        Optional.of(adapters).filter(set -> adapted),
                        SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND),
                        BACKEND)) {
            for (LayerAdapter adapter : adapters.adapters()) {
                if (adapter instanceof LsrAdapter lsr) {
                    SkewedTerms.rewrite(lsr.a(), 5);
                }
            }
            Trainer trainer = new Trainer(model, config, listener);
            List<TrainingExample> train =
                    examples(30, 1).stream().map(TrainingExample::ofClass).toList();
            Evaluation evaluation = Evaluation.of(TwoClasses.task(), examples(20, 2));
            TrainingResult result =
                    where.isPresent() ? trainer.run(train, evaluation, where.get()) : trainer.run(train, evaluation);
            List<double[]> parameters = model.trainable().stream()
                    .map(block -> block.value().dup().data().asDouble())
                    .toList();
            return new Outcome(result, parameters, told);
        }
    }

    private static void assertSame(Outcome expected, Outcome found) {
        assertEquals(expected.parameters().size(), found.parameters().size());
        for (int i = 0; i < expected.parameters().size(); i++) {
            assertArrayEquals(expected.parameters().get(i), found.parameters().get(i));
        }
        assertEquals(withoutTimes(expected.result()), withoutTimes(found.result()));
    }

    private static TrainingResult withoutTimes(TrainingResult result) {
        List<EvaluationResult> evaluations = result.evaluations().stream()
                .map(e -> new EvaluationResult(e.epoch(), e.step(), e.loss(), 0, e.metrics()))
                .toList();
        return new TrainingResult(
                evaluations, result.bestIndex(), result.readings(), result.skippedSteps(), result.stoppedEarly());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void run_killedAgainAndAgain_endsAsOneThatWasNot(Kind kind) throws IOException {
        Outcome whole = train(kind.config, kind.adapters, true, Optional.empty(), Integer.MAX_VALUE);
        Checkpoints checkpoints = Checkpoints.in(folder).every(1);
        int kills = 0;
        int last = 0;
        // Within an epoch and at its end.
        for (int step = 1; step < whole.result().last().step(); step += 3) {
            int killedAt = step;
            assertThrows(
                    Killed.class, () -> train(kind.config, kind.adapters, true, Optional.of(checkpoints), killedAt));
            last = step;
            kills++;
        }
        Outcome resumed = train(kind.config, kind.adapters, true, Optional.of(checkpoints), Integer.MAX_VALUE);
        assertTrue(kills >= 2);
        assertEquals(List.of("resumed at " + last), resumed.told());
        assertSame(whole, resumed);
        if (kind == Kind.STOPPED_EARLY) {
            assertTrue(resumed.result().stoppedEarly());
        }
        if (kind == Kind.FALLING_BACK || kind == Kind.REORTHOGONALIZED) {
            assertTrue(whole.result().readings().stream().anyMatch(ConditionMonitor.Reading::exceeded));
        }
        assertEquals(2, files().size());
    }

    @Test
    void run_thatHasEnded_isNotRepeated() throws IOException {
        Checkpoints checkpoints = Checkpoints.in(folder.resolve("deep/er"));
        Outcome first = train(Kind.PLAIN.config, true, Optional.of(checkpoints), Integer.MAX_VALUE);
        Outcome second = train(Kind.PLAIN.config, true, Optional.of(checkpoints), 0);
        assertEquals(List.of("ended at " + first.result().last().step()), second.told());
        assertSame(first, second);
        assertEquals(first.result(), second.result(), "times too");
    }

    @Test
    void run_ofTheHeadAlone_isSavedAtItsEnd() throws IOException {
        Optional<Checkpoints> checkpoints = Optional.of(Checkpoints.in(folder).every(1));
        Outcome whole = train(Kind.PLAIN.config, false, Optional.empty(), Integer.MAX_VALUE);
        assertThrows(Killed.class, () -> train(Kind.PLAIN.config, false, checkpoints, 8));
        assertEquals(List.of(), files());
        Outcome again = train(Kind.PLAIN.config, false, checkpoints, Integer.MAX_VALUE);
        assertEquals(List.of(), again.told());
        assertSame(whole, again);
        assertSame(whole, train(Kind.PLAIN.config, false, checkpoints, 0));
    }

    @Test
    void run_byTheDefaultRule_savesNoMoreThanAHundredthOfTheTime() throws IOException {
        train(Kind.PLAIN.config, true, Optional.of(Checkpoints.in(folder)), Integer.MAX_VALUE);
        assertFalse(files().isEmpty());
        Path second = folder.resolve("second");
        assertThrows(
                Killed.class,
                () -> train(
                        Kind.PLAIN.config,
                        true,
                        Optional.of(Checkpoints.in(second).every(100)),
                        9));
        try (Stream<Path> files = Files.list(second)) {
            assertEquals(
                    List.of("step-0000000004.safetensors", "step-0000000008.safetensors"),
                    files.map(file -> file.getFileName().toString()).sorted().toList(),
                    "the ends of epochs");
        }
    }

    @Test
    void run_withADamagedCheckpoint_takesTheOneBefore_andWithNoWholeOneStops() throws IOException {
        Optional<Checkpoints> checkpoints = Optional.of(Checkpoints.in(folder).every(1));
        Outcome whole = train(Kind.DROPOUT.config, true, Optional.empty(), Integer.MAX_VALUE);
        assertThrows(Killed.class, () -> train(Kind.DROPOUT.config, true, checkpoints, 7));
        Path newest = folder.resolve("step-0000000007.safetensors");
        flip(newest, Files.size(newest) / 2);
        Outcome resumed = train(Kind.DROPOUT.config, true, checkpoints, Integer.MAX_VALUE);
        assertEquals(List.of("resumed at 6"), resumed.told());
        assertSame(whole, resumed);
        assertTrue(Files.exists(folder.resolve("step-0000000007.safetensors.damaged")));
        for (Path file : files()) {
            Files.write(file, new byte[(int) (Math.random() * 20)]);
        }
        String message = assertThrows(
                        IOException.class, () -> train(Kind.DROPOUT.config, true, checkpoints, Integer.MAX_VALUE))
                .getMessage();
        assertTrue(message.contains(".safetensors: not a checkpoint, or a damaged one"), message);
    }

    /** As somebody can make them who means harm. */
    @Test
    void run_withAnotherStateAndARightChecksum_isRefusedWithTheFile() throws IOException {
        Optional<Checkpoints> checkpoints = Optional.of(Checkpoints.in(folder).every(1));
        assertThrows(Killed.class, () -> train(Kind.PLAIN.config, true, checkpoints, 3));
        Path newest = folder.resolve("step-0000000003.safetensors");
        String bytes = Files.readString(newest, StandardCharsets.ISO_8859_1);
        for (int length = 12; length < bytes.length() - 4; length += 997) {
            assertRefused(newest, bytes.substring(0, length), "");
        }
        assertRefused(
                newest,
                bytes.replace("checkpoint 3", "checkpoint 4"),
                "a checkpoint of another version of the library, expected this one's; start the training again in another folder");
        assertRefused(newest, bytes + "0", "the tensors end at");
        assertRefused(
                newest,
                bytes.replace("mean.head", "mean.tail"),
                "has no tensor 'mean.head' of 26 numbers, expected the arrays of this training");
        assertRefused(
                newest,
                bytes.substring(0, bytes.length() - 2000) + "\u00ff".repeat(2000),
                "has NaN or infinity, expected finite numbers");
        for (int value : List.of(-1, 2, 4, 13, Integer.MAX_VALUE)) {
            String step = "\"run\":{\"step\":";
            assertTrue(bytes.contains(step + 3));
            // Spaces after the JSON leave room for more digits.
            int spaces = String.valueOf(value).length() - 1;
            String otherStep = bytes.replace(step + 3, step + value).replaceFirst("}}" + " ".repeat(spaces), "}}");
            if (otherStep.length() == bytes.length()) {
                assertRefused(
                        newest, otherStep, value == 2 || value == 4 ? "expected one of this training" : "the step is");
            }
        }
        assertRefused(newest, bytes.replace("\"ended\":false", "\"ended\":null "), "null");
        assertRefused(newest, bytes.replaceFirst("\"lossSum\":...", "\"lossSum\":NaN"), "not valid JSON");
    }

    @Test
    void run_withCheckpointsOfTheEarlierFormat_isRefused() throws IOException {
        Path old = Files.write(folder.resolve("step-0000000003.checkpoint"), new byte[100]);
        String message = assertThrows(
                        IOException.class,
                        () -> train(Kind.PLAIN.config, true, Optional.of(Checkpoints.in(folder)), Integer.MAX_VALUE))
                .getMessage();
        assertEquals(
                old
                        + ": a checkpoint of an earlier version of the library, whose format this one does not read; start"
                        + " the training again in another folder",
                message);
    }

    /** Other programs read them too. */
    @Test
    void run_savesSafetensors() throws IOException {
        Optional<Checkpoints> checkpoints = Optional.of(Checkpoints.in(folder).every(1));
        assertThrows(Killed.class, () -> train(Kind.PLAIN.config, true, checkpoints, 3));
        try (SafeTensors tensors = SafeTensors.open(folder.resolve("step-0000000003.safetensors"));
                INDArray parameters = tensors.read("parameters.head")) {
            assertEquals(DataType.DOUBLE, parameters.dataType());
            assertEquals(
                    List.of(
                            "state",
                            "parameters.adapters",
                            "best.adapters",
                            "parameters.head",
                            "best.head",
                            "mean.adapters",
                            "variance.adapters",
                            "mean.head",
                            "variance.head",
                            "since.adapters",
                            "since.head",
                            "checksum"),
                    List.copyOf(tensors.names()));
        }
    }

    /** Numbers are written in the digits of the locale unless another one is named. */
    @Test
    void run_whereNumbersHaveOtherDigits_namesFilesAsAnywhere() throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(new Locale("ar", "EG"));
        try {
            assertThrows(
                    Killed.class,
                    () -> train(
                            Kind.PLAIN.config,
                            true,
                            Optional.of(Checkpoints.in(folder).every(1)),
                            3));
        } finally {
            Locale.setDefault(before);
        }
        assertEquals(
                List.of("step-0000000002.safetensors", "step-0000000003.safetensors"),
                files().stream().map(file -> file.getFileName().toString()).toList());
    }

    @Test
    void run_withTheSameStepDamagedTwice_goesOnTwice() throws IOException {
        Optional<Checkpoints> checkpoints = Optional.of(Checkpoints.in(folder).every(1));
        assertThrows(Killed.class, () -> train(Kind.PLAIN.config, true, checkpoints, 3));
        for (int time = 0; time < 2; time++) {
            flip(folder.resolve("step-0000000003.safetensors"), 100);
            assertThrows(Killed.class, () -> train(Kind.PLAIN.config, true, checkpoints, 3));
        }
        assertSame(
                train(Kind.PLAIN.config, true, Optional.empty(), Integer.MAX_VALUE),
                train(Kind.PLAIN.config, true, checkpoints, Integer.MAX_VALUE));
    }

    @Test
    void run_withACheckpointUnderTheNameOfAnother_isRefused() throws IOException {
        Checkpoints checkpoints = Checkpoints.in(folder).every(1);
        assertThrows(Killed.class, () -> train(Kind.PLAIN.config, true, Optional.of(checkpoints), 3));
        Files.move(folder.resolve("step-0000000003.safetensors"), folder.resolve("step-9999999999.safetensors"));
        String message = assertThrows(
                        IOException.class, () -> train(Kind.PLAIN.config, true, Optional.of(checkpoints), 4))
                .getMessage();
        assertEquals(
                folder.resolve("step-9999999999.safetensors") + ": has step 3, expected that of its name", message);
    }

    private void assertRefused(Path file, String text, String expected) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.ISO_8859_1);
        CRC32C checksum = new CRC32C();
        checksum.update(content, 0, content.length - 4);
        ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putInt(content.length - 4, (int) checksum.getValue());
        Files.write(file, content);
        String message = assertThrows(
                        IOException.class,
                        () -> train(Kind.PLAIN.config, true, Optional.of(Checkpoints.in(folder)), Integer.MAX_VALUE))
                .getMessage();
        assertTrue(message.startsWith(file.toString()) && message.contains(expected), message);
    }

    @Test
    void run_ofAnotherTraining_isRefused() throws IOException {
        Checkpoints checkpoints = Checkpoints.in(folder).every(1).with("tokenizer", "abc");
        assertThrows(Killed.class, () -> train(Kind.PLAIN.config, true, Optional.of(checkpoints), 3));
        assertRefused(config().epochs(4).build(), checkpoints, "whose epochs is 3, this one's is 4");
        assertRefused(config().seed(8).build(), checkpoints, "whose seed is 7, this one's is 8");
        assertRefused(config().build(), checkpoints.with("tokenizer", "abd"), "whose tokenizer is abc, this one's");
        assertRefused(config().build(), Checkpoints.in(folder), "is of a training with");
    }

    private static void assertRefused(TrainingConfig config, Checkpoints checkpoints, String expected) {
        String message = assertThrows(
                        IOException.class, () -> train(config, true, Optional.of(checkpoints), Integer.MAX_VALUE))
                .getMessage();
        assertTrue(message.contains("step-0000000003.safetensors") && message.contains(expected), message);
    }

    @Test
    void run_whereNothingCanBeWritten_saysSoAtTheFirstCheckpoint() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        String message = assertThrows(
                        IOException.class,
                        () -> train(
                                Kind.PLAIN.config,
                                true,
                                Optional.of(Checkpoints.in(file).every(2)),
                                2))
                .toString();
        assertTrue(message.contains(file.toString()), message);
    }

    @Test
    void settings_outOfRange_areRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> Checkpoints.in(folder).every(-1));
        assertThrows(
                IllegalArgumentException.class, () -> Checkpoints.in(folder).with("x", "y".repeat(10_000)));
    }

    @Test
    void with_elements_tellsThemApartByTextsAndOrder() {
        Function<List<String>, String> checksum = elements ->
                Checkpoints.in(folder).with("data", elements.stream()).facts().get("data");
        assertEquals(checksum.apply(List.of("a", "bc")), checksum.apply(List.of("a", "bc")));
        assertNotEquals(checksum.apply(List.of("a", "bc")), checksum.apply(List.of("ab", "c")));
        assertNotEquals(checksum.apply(List.of("a", "bc")), checksum.apply(List.of("bc", "a")));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    private static void flip(Path file, long at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[(int) at] ^= 1;
        Files.write(file, bytes);
    }
}
