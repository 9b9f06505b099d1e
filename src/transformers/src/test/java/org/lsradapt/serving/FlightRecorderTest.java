package org.lsradapt.serving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.transformer.inputs.TokenSequence;

/** What a recording of JDK Flight Recorder has of a training, of loading and of serving. */
class FlightRecorderTest {
    private static final List<TokenSequence> BATCH = List.of(
            new TokenSequence(new int[] {2, 30, 4}, new int[3]),
            new TokenSequence(new int[] {7, 1, 9, 12, 3}, new int[5]));

    @TempDir
    private Path folder;

    @Test
    void recording_hasStepsLoadsAndBatches() throws Exception {
        Path file = folder.resolve("recorded.jfr");
        Path adapter = folder.resolve("adapter");
        double loss;
        long bytes;
        try (Recording recording = new Recording();
                BaseModel base = BaseModel.load(Samples.model("bert"))) {
            recording.start();
            try (TextClassifier classifier = TextClassifier.on(base)
                    .config(Samples.quick().epochs(2).batchSize(7).build())
                    .train(Samples.weather(21), Samples.weather(6))) {
                EvaluationResult last =
                        classifier.training().orElseThrow().evaluations().get(1);
                loss = last.loss();
                classifier.save(adapter);
            }
            bytes = serve(base, adapter);
            recording.stop();
            recording.dump(file);
        }
        Map<String, List<RecordedEvent>> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("org.lsradapt.")
                        && event.getThread().getJavaThreadId()
                                == Thread.currentThread().getId())
                .collect(Collectors.groupingBy(event -> event.getEventType().getName()));

        List<RecordedEvent> steps = events.get("org.lsradapt.TrainingStep");
        assertEquals(6, steps.size());
        assertEquals(6, steps.get(5).getInt("step"));
        assertEquals(2, steps.get(5).getInt("epoch"));
        assertTrue(steps.stream()
                .allMatch(step -> step.getLong("examples") == 7
                        && step.getLong("tokens") > 7 * 5
                        && step.getDouble("gradientNorm") > 0
                        && !step.getDuration().isNegative()));
        assertEquals(
                loss,
                steps.subList(3, 6).stream()
                        .mapToDouble(step -> step.getDouble("loss"))
                        .average()
                        .orElseThrow(),
                1e-9);

        List<RecordedEvent> loads = events.get("org.lsradapt.AdapterLoad");
        assertEquals(
                List.of(adapter.toString(), "user"),
                loads.stream().map(load -> load.getString("key")).toList());
        assertEquals(bytes, loads.get(0).getLong("bytes"));
        assertTrue(loads.get(1).getLong("bytes") > 0);

        List<RecordedEvent> batches = events.get("org.lsradapt.Batch");
        assertEquals(
                List.of("2 sequences, 8 tokens, 1 adapters", "2 sequences, 8 tokens, 2 adapters"),
                batches.stream()
                        .map(batch -> batch.getInt("sequences") + " sequences, " + batch.getInt("tokens") + " tokens, "
                                + batch.getInt("adapters") + " adapters")
                        .toList());
    }

    /** Loads an adapter from its folder and from a source; returns the bytes of the folder's tensors. */
    private static long serve(BaseModel base, Path adapter) throws Exception {
        PackedAdapter packed = PackedAdapter.read(adapter);
        AdapterSource source = new AdapterSource() {
            @Override
            public OptionalLong version(String key) {
                return OptionalLong.of(1);
            }

            @Override
            public Optional<Versioned> find(String key) {
                return Optional.of(new Versioned(1, packed));
            }

            @Override
            public String name() {
                return "memory";
            }
        };
        try (MultiAdapterModel model = new MultiAdapterModel(base, Backends.standard(), ServedSource.of(source));
                SavedAdapter saved = AdapterFolder.load(adapter)) {
            model.add("added", saved);
            model.predict(BATCH, "added");
            model.predict(BATCH, List.of("user", "added"));
        }
        try (var files = Files.list(adapter)) {
            return Files.size(files.filter(one -> one.toString().endsWith(".safetensors"))
                    .findFirst()
                    .orElseThrow());
        }
    }
}
