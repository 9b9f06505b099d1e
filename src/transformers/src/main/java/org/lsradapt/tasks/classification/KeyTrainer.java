package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Trains a saved classifier further for one key, such as a user, after another, on the texts of that key. Each training
 * begins with the adapters and head as saved. Base model, adapters and the memory of the passes are made once. The
 * result of a key depends on its own texts only, not on those of earlier keys.
 *
 * <p>The result has the parameters of the last step: the held-out texts choose nothing, so they can measure it.
 *
 * <p>For one thread at a time. Does not close the base model.
 */
public final class KeyTrainer implements AutoCloseable {
    private static final Backend BACKEND = Backends.standard();
    private static final String ACCURACY = "accuracy";

    /** The number of texts that are evaluated at a time. */
    private static final int BATCH = 64;

    private final BaseModel base;
    private final TrainingConfig config;
    private final PackedAdapter shared;
    private final AdapterSet adapters;
    private final SequenceHead head;
    private final AdaptedModel model;
    private final double[] savedAdapters;
    private final double[] savedHead;
    private final Path scratch;

    /**
     * The result of a key's training.
     *
     * @param adapter the trained adapter with its head
     * @param heldOut the number of held-out texts
     * @param sharedRight the number of them that the saved classifier labels correctly
     * @param ownRight the number of them that the trained adapter labels correctly
     */
    public record Trained(PackedAdapter adapter, int heldOut, int sharedRight, int ownRight) {}

    private KeyTrainer(
            BaseModel base,
            PackedAdapter shared,
            TrainingConfig config,
            AdapterSet adapters,
            SequenceHead head,
            AdaptedModel model,
            Path scratch) {
        this.base = base;
        this.shared = shared;
        this.config = config;
        this.adapters = adapters;
        this.head = head;
        this.model = model;
        this.scratch = scratch;
        savedAdapters = new double[(int) adapters.values().length()];
        savedHead = new double[(int) head.values().length()];
        BACKEND.read(adapters.values(), savedAdapters);
        BACKEND.read(head.values(), savedHead);
    }

    /**
     * Returns the default settings for {@link #of}: those of {@link TrainingDefaults#HEAD} without steps of the head
     * alone, with 20 passes over a key's texts in batches of 16.
     *
     * @param shared an adapter's folder
     * @throws IOException if a file is missing or malformed
     */
    public static TrainingConfig defaultConfig(Path shared) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(shared)) {
            requireAdapters(shared, saved);
            return TrainingDefaults.HEAD.config(saved.config(saved.layerNames().get(0))).toBuilder()
                    .headSteps(0)
                    .epochs(20)
                    .batchSize(16)
                    .build();
        }
    }

    private static void requireAdapters(Path shared, SavedAdapter saved) {
        Require.argument(
                !saved.layerNames().isEmpty() && saved.headParameterCount() > 0,
                "%s: expected adapters with the head of a classifier",
                shared);
    }

    /**
     * Prepares trainings.
     *
     * @param base the base model
     * @param shared the folder of a classifier of texts with adapters, which every key begins with
     * @param config the settings; evaluations, patience and steps of the head alone are not used
     * @throws IllegalArgumentException if the folder is for another task or another base model
     * @throws IOException if a file is missing or malformed
     */
    public static KeyTrainer of(BaseModel base, Path shared, TrainingConfig config) throws IOException {
        HeadedModel.requireTexts(base);
        PackedAdapter packed = PackedAdapter.read(shared);
        try (CloseOnFailure opened = new CloseOnFailure();
                SavedAdapter saved = packed.open(shared.toString())) {
            AdapterCard card = saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
            requireClassifier(shared, card.task());
            requireAdapters(shared, saved);
            saved.requireLength(base.tokenizer(), base.maxLength());
            AdapterSet adapters = opened.add(saved.adaptersToTrain(base, base.encoderLayers(), BACKEND));
            SequenceHead head = opened.add(saved.head(base.weights()).orElseThrow());
            SequenceObjective objective =
                    SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND).smoothed(config.labelSmoothing());
            AdaptedModel model = opened.add(new AdaptedModel(base.weights(), adapters, objective, BACKEND));
            TrainingConfig atTheEnd = config.toBuilder()
                    .headSteps(0)
                    .patience(0)
                    .evaluateEvery(Integer.MAX_VALUE)
                    .build();
            Path scratch = Files.createTempDirectory("lsr-adapt-keys");
            return opened.release(new KeyTrainer(base, packed, atTheEnd, adapters, head, model, scratch));
        }
    }

    private static void requireClassifier(Path shared, TaskDescription task) {
        Require.argument(
                task instanceof ClassificationDescription,
                "%s: is of task %s (%s), expected a classifier of texts with one label each",
                shared,
                task.name(),
                task.kind());
        Require.argument(
                task.leastProbability().isEmpty(),
                "%s: abstains below a probability, which does not hold for the adapters of keys, expected a classifier that"
                        + " was trained without --abstain",
                shared);
    }

    /** The saved classifier's classes, in the order of the labels of {@link Example}. */
    public List<String> labels() {
        return shared.card().task().labels();
    }

    /** The saved classifier. */
    public PackedAdapter shared() {
        return shared;
    }

    /** The settings of each key's training. */
    public TrainingConfig config() {
        return config;
    }

    /**
     * The settings that results depend on in addition to {@link #shared} and a key's texts, by name, including the base
     * model.
     */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("base model", base.fingerprint());
        settings.put("precision of the base model", base.precision().label());
        config.settings().forEach((name, value) -> settings.put(name, value.toString()));
        return settings;
    }

    /**
     * Trains for a key.
     *
     * @param data its texts, or pairs if the saved classifier reads pairs, for training and evaluation; at least one of
     *     each
     * @return the adapter after the last step
     * @throws IllegalArgumentException if it has single texts where pairs are expected, or vice versa, or a label that
     *     is not a class
     * @throws org.lsradapt.training.DivergedException if the loss stops being finite
     * @throws IOException if a temporary file cannot be written
     */
    public Trained train(LabelledData data) throws IOException {
        boolean pairs = shared.card().task().pairs();
        Stream.concat(data.train().stream(), data.evaluation().stream())
                .forEach(example -> Require.argument(
                        (example.second() != null) == pairs,
                        "train: found %s, expected %s as the shared adapter reads",
                        pairs ? "a single text" : "a pair of texts",
                        pairs ? "pairs" : "single texts"));
        int length = shared.card().maxLength();
        List<EncodedExample> texts = EncodedExample.encode(data.train(), base.tokenizer(), length);
        List<EncodedExample> heldOut = EncodedExample.encode(data.evaluation(), base.tokenizer(), length);
        BACKEND.write(savedAdapters, adapters.values());
        BACKEND.write(savedHead, head.values());
        int sharedRight = right(heldOut);
        Trainer trainer = new Trainer(model, config, TrainingListener.SILENT);
        OptionalDouble accuracy = trainer
                .run(
                        texts.stream().map(TrainingExample::ofClass).toList(),
                        Evaluation.of(ACCURACY, trained -> Map.of(ACCURACY, (double) right(heldOut))))
                .evaluations()
                .stream()
                .mapToDouble(result -> result.metrics().get(ACCURACY))
                .reduce((before, last) -> last);
        return new Trained(packed(), heldOut.size(), sharedRight, (int) accuracy.orElseThrow());
    }

    private int right(List<EncodedExample> examples) {
        int right = 0;
        for (int from = 0; from < examples.size(); from += BATCH) {
            List<EncodedExample> batch = examples.subList(from, Math.min(examples.size(), from + BATCH));
            double[][] outputs = model.predict(
                    batch.stream().<ModelInput>map(EncodedExample::tokens).toList());
            for (int i = 0; i < outputs.length; i++) {
                right += new Label.Category(best(outputs[i]))
                                .equals(batch.get(i).example().label())
                        ? 1
                        : 0;
            }
        }
        return right;
    }

    private static int best(double[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    private PackedAdapter packed() throws IOException {
        Path folder = scratch.resolve("adapter");
        try {
            AdapterFolder.save(folder, shared.card(), adapters, head);
            return PackedAdapter.read(folder);
        } finally {
            delete(folder);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            List<Path> files = new ArrayList<>();
            try (Stream<Path> entries = Files.list(folder)) {
                entries.forEach(files::add);
            }
            for (Path file : files) {
                Files.delete(file);
            }
            Files.delete(folder);
        }
    }

    @Override
    public void close() throws IOException {
        model.close();
        adapters.close();
        head.close();
        Files.deleteIfExists(scratch);
    }
}
