package org.lsradapt.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.lsradapt.adapters.TinyAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.ConditionMonitor.Policy;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.CheckpointStore;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.DivergedException;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.LowPrecision;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Checkpoints of trainings, which others go on with to their ends. */
final class TrainingFiles {
    /** Of bytes: the step that is left makes more objects than reading does. */
    private static final int STEP = 1024;

    private static final int CHECKSUM = 4;
    private static final TransformerWeights BERT = SmallModel.BERT.weights(DataType.FLOAT);
    private static final List<TrainingExample> EXAMPLES = IntStream.range(1, 5)
            .mapToObj(i ->
                    new TrainingExample(new TokenSequence(new int[] {1, i}, new int[2]), new Target.Category(i % 2)))
            .toList();
    private static final Evaluation EVALUATION = Evaluation.of("steps", model -> Map.of("steps", 1.0));
    private static final TrainingConfig PLAIN =
            TrainingConfig.builder().epochs(2).batchSize(2).build();

    /** With all state that a training can have. */
    private static final TrainingConfig WATCHED = PLAIN.toBuilder()
            .lowPrecision(new LowPrecision(Precision.FP8_E4M3, true))
            .monitor(new ConditionMonitor.Settings(2, Precision.FP8_E4M3, 0.03, Policy.FALL_BACK))
            .build();

    private TrainingFiles() {}

    static List<Subject> subjects() {
        return List.of(checkpoint("checkpoint", PLAIN, 2), checkpoint("checkpoint-watched", WATCHED, 1));
    }

    private static Subject checkpoint(String name, TrainingConfig config, int weight) {
        return new Subject(
                name,
                "training.CheckpointFolder training.CheckpointFile training.TrainingRun training.Updates lsr.optimizer.AdamW"
                        + " training.LowPrecisionFactors",
                weight,
                STEP,
                () -> checkpoints(config),
                folder -> train(config, Checkpoints.in(new ReadOnly(folder))),
                TrainingFiles::withChecksums);
    }

    /** The one before the last step, and the one of a training that has ended. */
    private static List<FileSet> checkpoints(TrainingConfig config) throws IOException {
        FileSet last =
                FileSet.written(folder -> train(config, Checkpoints.in(folder).every(1)));
        List<FileSet> seeds = new ArrayList<>();
        last.files().forEach((name, content) -> seeds.add(FileSet.of(name, content)));
        return seeds;
    }

    private static void train(TrainingConfig config, Checkpoints checkpoints) throws IOException {
        LsrConfig lsr = LsrConfig.builder().separationRank(2).bottleneckRank(2).build();
        try (AdapterSet adapters = AdapterSet.create(BERT.linearLayers().subList(0, 2), lsr, TinyAdapter.BACKEND);
                SequenceHead head = new SequenceHead(BERT, 2, 3);
                AdaptedModel model = new AdaptedModel(
                        BERT,
                        Optional.of(adapters),
                        SequenceObjective.of(head, Loss.CROSS_ENTROPY, TinyAdapter.BACKEND),
                        TinyAdapter.BACKEND)) {
            new Trainer(model, config).run(EXAMPLES, EVALUATION, checkpoints);
        } catch (DivergedException e) {
            // What a checkpoint with right checksums and large numbers may well lead to.
            return;
        }
    }

    private static FileSet withChecksums(FileSet files) {
        FileSet repaired = files;
        for (Map.Entry<String, byte[]> file : files.files().entrySet()) {
            byte[] content = file.getValue().clone();
            if (content.length >= CHECKSUM) {
                CRC32C checksum = new CRC32C();
                checksum.update(content, 0, content.length - CHECKSUM);
                ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).putInt(content.length - CHECKSUM, (int)
                        checksum.getValue());
                repaired = repaired.with(file.getKey(), content);
            }
        }
        return repaired;
    }

    /** Keeps a folder as it is. */
    private record ReadOnly(Path folder) implements CheckpointStore {
        @Override
        public List<String> names() throws IOException {
            try (Stream<Path> files = Files.list(folder)) {
                return files.map(file -> file.getFileName().toString()).toList();
            }
        }

        @Override
        public long size(String name) throws IOException {
            return Files.size(folder.resolve(name));
        }

        @Override
        public InputStream open(String name) throws IOException {
            return Files.newInputStream(folder.resolve(name));
        }

        @Override
        public void write(String name, Content content) {}

        @Override
        public void rename(String name, String newName) {}

        @Override
        public void delete(String name) {}

        @Override
        public String location(String name) {
            return folder.resolve(name).toString();
        }
    }
}
