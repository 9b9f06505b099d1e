package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.TwoClasses;
import org.lsradapt.io.internal.frameworks.EventFile;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Event files of trainings, undisturbed and resumed; TensorBoard itself reads them if a Python with it is named. */
class TensorBoardTest {
    private static final int STEPS = 8;

    @TempDir
    private Path folder;

    /** A value at a step. */
    private record Point(long step, float value) {}

    /** Ends a training as a kill would. */
    private static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void training_writesLossesRatesAndMetrics() throws IOException {
        List<Double> losses = new ArrayList<>();
        TrainingResult result = train(
                TensorBoard.in(folder).and(new TrainingListener() {
                    @Override
                    public void stepped(int step, int steps, double loss) {
                        losses.add(loss);
                    }
                }),
                Optional.empty());
        Map<String, List<Point>> scalars = scalars();
        assertEquals(
                Set.of(
                        "loss/head",
                        "loss/train",
                        "learning_rate/adapters",
                        "learning_rate/head",
                        "eval/accuracy",
                        "eval/f1",
                        "eval/matthews"),
                scalars.keySet());
        assertEquals(3, scalars.get("loss/head").size());
        for (int i = 0; i < STEPS; i++) {
            assertEquals(
                    new Point(i + 1, losses.get(i).floatValue()),
                    scalars.get("loss/train").get(i));
        }
        // One step of warm-up, then in a straight line towards 0.
        assertEquals(new Point(1, 2e-3f), scalars.get("learning_rate/adapters").get(0));
        assertEquals(
                new Point(5, (float) (2e-3 * 4 / 7)),
                scalars.get("learning_rate/adapters").get(4));
        assertEquals(
                new Point(5, (float) (5e-3 * 4 / 7)),
                scalars.get("learning_rate/head").get(4));
        assertEquals(
                result.evaluations().stream()
                        .map(one -> new Point(
                                one.step(), one.metrics().get("accuracy").floatValue()))
                        .toList(),
                scalars.get("eval/accuracy"));
    }

    @Test
    void training_killedAndResumed_leavesTheFileOfAnUndisturbedOne() throws IOException {
        train(TensorBoard.in(folder), Optional.empty());
        Map<String, List<Point>> whole = scalars();
        Path resumed = folder.resolve("resumed");
        Checkpoints every = Checkpoints.in(folder.resolve("every")).every(3);
        for (int killedAt : new int[] {2, 4, 5, 8}) {
            assertThrows(Killed.class, () -> train(TensorBoard.in(resumed).and(killer(killedAt)), Optional.of(every)));
        }
        train(TensorBoard.in(resumed), Optional.of(every));
        assertEquals(whole, scalars(resumed));
        train(TensorBoard.in(resumed), Optional.of(every));
        assertEquals(whole, scalars(resumed), "a training that had ended");
        Files.delete(file(resumed));
        train(TensorBoard.in(resumed), Optional.of(every));
        whole.keySet().removeIf(tag -> !tag.startsWith("eval/"));
        assertEquals(whole, scalars(resumed), "the file was removed");
    }

    @Test
    void training_again_replacesTheFile() throws IOException {
        train(TensorBoard.in(folder), Optional.empty());
        Map<String, List<Point>> once = scalars();
        train(TensorBoard.in(folder), Optional.empty());
        assertEquals(once, scalars());
    }

    @Test
    void fileInPlaceOfTheFolder_endsTheTraining() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThrows(UncheckedIOException.class, () -> train(TensorBoard.in(file), Optional.empty()));
    }

    @Test
    void training_isReadByTensorBoard() throws Exception {
        String python = System.getProperty("lsr.python", System.getenv().getOrDefault("LSR_PYTHON", ""));
        assumeTrue(!python.isEmpty(), "no Python with TensorBoard is named; -Dlsr.python=PYTHON does it");
        assumeTrue(
                new ProcessBuilder(python, "-c", "import tensorboard")
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start()
                                .waitFor()
                        == 0,
                "the named Python has no module tensorboard");
        train(TensorBoard.in(folder), Optional.empty());
        Path result = folder.resolve("scalars.json");
        Path errors = folder.resolve("errors");
        int status = new ProcessBuilder(
                        python, "src/transformers/src/test/resources/tensorboard_scalars.py", folder.toString())
                .redirectOutput(result.toFile())
                .redirectError(errors.toFile())
                .start()
                .waitFor();
        assertEquals(0, status, () -> read(errors));
        Map<String, List<Point>> read = new LinkedHashMap<>();
        JsonNode tags = new ObjectMapper().readTree(result.toFile());
        tags.fieldNames()
                .forEachRemaining(tag -> tags.get(tag)
                        .forEach(point -> read.computeIfAbsent(tag, name -> new ArrayList<>())
                                .add(new Point(point.get(0).longValue(), (float)
                                        point.get(1).doubleValue()))));
        assertEquals(scalars(), read);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TrainingListener killer(int killedAt) {
        return new TrainingListener() {
            @Override
            public void stepped(int step, int steps, double loss) {
                if (step == killedAt && step != 4) {
                    throw new Killed();
                }
            }

            /** After an evaluation, before its checkpoint. */
            @Override
            public void evaluated(EvaluationResult result, boolean best) {
                if (result.step() == killedAt) {
                    throw new Killed();
                }
            }
        };
    }

    private static TrainingResult train(TrainingListener listener, Optional<Checkpoints> checkpoints)
            throws IOException {
        TrainingConfig config = TrainingConfig.builder()
                .epochs(2)
                .batchSize(8)
                .headSteps(3)
                .learningRate(2e-3)
                .headLearningRate(5e-3)
                .build();
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(
                        LayerSelector.suffixes(List.of("query", "value")).select(weights.linearLayers()),
                        LsrConfig.builder().separationRank(3).bottleneckRank(2).build(),
                        Backends.standard());
                SequenceHead head = new SequenceHead(weights, 2, 3);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        Optional.of(adapters),
                        SequenceObjective.of(head, Loss.CROSS_ENTROPY, Backends.standard()),
                        Backends.standard())) {
            Trainer trainer = new Trainer(model, config, listener);
            List<TrainingExample> train =
                    examples(30, 1).stream().map(TrainingExample::ofClass).toList();
            Evaluation evaluation = Evaluation.of(TwoClasses.task(), examples(20, 2));
            return checkpoints.isPresent()
                    ? trainer.run(train, evaluation, checkpoints.get())
                    : trainer.run(train, evaluation);
        }
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

    private static Path file(Path folder) {
        return folder.resolve("events.out.tfevents.lsr-adapt");
    }

    private Map<String, List<Point>> scalars() throws IOException {
        return scalars(folder);
    }

    private static Map<String, List<Point>> scalars(Path folder) throws IOException {
        Map<String, List<Point>> scalars = new LinkedHashMap<>();
        EventFile.retain(file(folder), record -> {
            assertTrue(record.wallTime() > 1.6e9);
            record.values()
                    .forEach((tag, value) -> scalars.computeIfAbsent(tag, name -> new ArrayList<>())
                            .add(new Point(record.step(), value)));
            return true;
        });
        return scalars;
    }
}
