package org.lsradapt.tasks.classification;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.AdapterForm;
import org.lsradapt.adapters.PackedAdapter;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.finetuning.HeadedModel;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Logits;
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
 * Trains parts of a saved classifier further for one key, such as a user, after another, on the texts of that key. Each
 * training begins with the adapters and head as saved. Base model, adapters and the memory of the passes are made once.
 * The result of a key depends on its own texts only, not on those of earlier keys. Trained adapters have the numbers
 * that keys share in their {@link AdapterForm}.
 *
 * <p>The result has the parameters of the last step: the held-out texts choose nothing, so they can measure it.
 *
 * <p>For one thread at a time. Does not close the base model.
 */
public final class KeyTrainer implements AutoCloseable {
    private static final Backend BACKEND = Backends.standard();
    private static final String ACCURACY = "accuracy";

    private static final int BATCH = 64;

    private static final double COEFFICIENT_RATE = 1e-2;

    private final BaseModel base;
    private final KeyParts parts;
    private final TrainingConfig config;
    private final PackedAdapter shared;
    private final AdapterSet adapters;
    private final SequenceHead head;
    private final AdaptedModel model;
    private final double[] savedAdapters;
    private final double[] savedHead;
    private final Path scratch;

    /**
     * Held-out texts of a key, each labelled without having been trained on.
     *
     * @param heldOut the number of held-out texts
     * @param sharedRight the number of them that the saved classifier labels correctly
     * @param ownRight the number of them that the trained adapter labels correctly
     * @param gained the number of them that only the trained adapter labels correctly
     */
    public record Scores(int heldOut, int sharedRight, int ownRight, int gained) {

        /** The number of held-out texts that only the saved classifier labels correctly. */
        public int lost() {
            return gained - (ownRight - sharedRight);
        }

        Scores plus(Scores other) {
            return new Scores(
                    heldOut + other.heldOut,
                    sharedRight + other.sharedRight,
                    ownRight + other.ownRight,
                    gained + other.gained);
        }
    }

    /**
     * The result of a key's training.
     *
     * @param scores the scores on the held-out texts
     */
    public record Trained(PackedAdapter adapter, Scores scores) {}

    private KeyTrainer(
            BaseModel base,
            KeyParts parts,
            PackedAdapter shared,
            TrainingConfig config,
            AdapterSet adapters,
            SequenceHead head,
            AdaptedModel model,
            Path scratch) {
        this.base = base;
        this.parts = parts;
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
        model.trainOnly(parts == KeyParts.ADAPTER_AND_HEAD ? Optional.empty() : Optional.of(trained()));
    }

    private List<Parameter> trained() {
        List<Parameter> trained = new ArrayList<>();
        if (parts.hasCoefficients()) {
            adapters.adapters().forEach(adapter -> trained.addAll(adapter.coefficients()));
        }
        if (parts.hasHead()) {
            trained.addAll(model.objective().trainable());
        }
        return trained;
    }

    /** Returns the default settings of trainings of the whole adapter; see {@link #defaultConfig(Path, KeyParts)}. */
    public static TrainingConfig defaultConfig(Path shared) throws IOException {
        return defaultConfig(shared, KeyParts.ADAPTER_AND_HEAD);
    }

    /**
     * Returns the default settings for {@link #of}: those of {@link TrainingDefaults#HEAD} without steps of the head
     * alone, with 20 passes over a key's texts in batches of 16; coefficients have a learning rate of 0.01.
     *
     * @param shared an adapter's folder
     * @param parts the parts that each key gets of its own
     * @throws IOException if a file is missing or malformed
     */
    public static TrainingConfig defaultConfig(Path shared, KeyParts parts) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(shared)) {
            requireAdapters(shared, saved);
            TrainingConfig usual =
                    TrainingDefaults.HEAD.config(saved.config(saved.layerNames().get(0)));
            return usual.toBuilder()
                    .learningRate(parts.hasCoefficients() ? COEFFICIENT_RATE : usual.learningRate())
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

    /** Prepares trainings of the whole adapter; see {@link #of(BaseModel, Path, KeyParts, TrainingConfig)}. */
    public static KeyTrainer of(BaseModel base, Path shared, TrainingConfig config) throws IOException {
        return of(base, shared, KeyParts.ADAPTER_AND_HEAD, config);
    }

    /**
     * Prepares trainings.
     *
     * @param shared the folder of a classifier of texts with adapters, which every key begins with
     * @param parts the parts that each key gets of its own
     * @param config the settings; evaluations, patience and steps of the head alone are not used
     * @throws IllegalArgumentException if the folder is for another task or another base model, or coefficients are
     *     asked of adapters that have none
     * @throws IOException if a file is missing or malformed
     */
    public static KeyTrainer of(BaseModel base, Path shared, KeyParts parts, TrainingConfig config) throws IOException {
        HeadedModel.requireTexts(base);
        PackedAdapter packed = PackedAdapter.read(shared);
        try (CloseOnFailure opened = new CloseOnFailure();
                SavedAdapter saved = packed.open(shared.toString())) {
            AdapterCard card = saved.requireBase(base.name(), base.fingerprint(), base.encoderFingerprint());
            requireClassifier(shared, card.task());
            requireAdapters(shared, saved);
            saved.requireLength(base.tokenizer(), base.maxLength());
            AdapterSet adapters = opened.add(saved.adaptersToTrain(base, base.encoderLayers(), BACKEND));
            if (parts.hasCoefficients()) {
                adapters = opened.add(TermCoefficients.of(shared, adapters, BACKEND));
            }
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
            return opened.release(new KeyTrainer(base, parts, packed, atTheEnd, adapters, head, model, scratch));
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

    /** The parts that each key gets of its own. */
    public KeyParts parts() {
        return parts;
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
        settings.put("parts", parts.label());
        config.settings().forEach((name, value) -> settings.put(name, value.toString()));
        return settings;
    }

    /**
     * Trains for a key.
     *
     * @param data its texts, or pairs if the saved classifier reads pairs, for training and evaluation; at least one to
     *     train on
     * @return the adapter after the last step
     * @throws IllegalArgumentException if it has single texts where pairs are expected, or vice versa, or a label that
     *     is not a class
     * @throws IOException if a temporary file cannot be written
     */
    public Trained train(LabelledData data) throws IOException {
        Scores scores = score(List.of(data));
        return new Trained(packed(), scores);
    }

    /**
     * Trains for a key on each of several divisions of its texts, and adds up the scores.
     *
     * @param divisions as {@link #train} takes them; texts that occur in several are read once
     * @throws IllegalArgumentException as {@link #train}
     */
    public Scores score(List<LabelledData> divisions) {
        Map<Example, EncodedExample> encoded = new HashMap<>();
        model.headAlone(parts == KeyParts.HEAD);
        Scores sum = new Scores(0, 0, 0, 0);
        for (LabelledData data : divisions) {
            sum = sum.plus(trainOn(encoded(data.train(), encoded), encoded(data.evaluation(), encoded)));
        }
        return sum;
    }

    private List<EncodedExample> encoded(List<Example> examples, Map<Example, EncodedExample> known) {
        boolean pairs = shared.card().task().pairs();
        int length = shared.card().maxLength();
        return examples.stream()
                .map(example -> {
                    Require.argument(
                            (example.second() != null) == pairs,
                            "train: found %s, expected %s as the shared adapter reads",
                            pairs ? "a single text" : "a pair of texts",
                            pairs ? "pairs" : "single texts");
                    return known.computeIfAbsent(
                            example,
                            one -> EncodedExample.encode(List.of(one), base.tokenizer(), length)
                                    .get(0));
                })
                .toList();
    }

    private Scores trainOn(List<EncodedExample> texts, List<EncodedExample> heldOut) {
        BACKEND.write(savedAdapters, adapters.values());
        BACKEND.write(savedHead, head.values());
        BitSet sharedRight = right(heldOut);
        BitSet ownRight = new BitSet();
        new Trainer(model, config, TrainingListener.SILENT)
                .run(texts.stream().map(TrainingExample::ofClass).toList(), Evaluation.of(ACCURACY, trained -> {
                    ownRight.clear();
                    ownRight.or(right(heldOut));
                    return Map.of(ACCURACY, (double) ownRight.cardinality());
                }));
        BitSet gained = (BitSet) ownRight.clone();
        gained.andNot(sharedRight);
        return new Scores(heldOut.size(), sharedRight.cardinality(), ownRight.cardinality(), gained.cardinality());
    }

    private BitSet right(List<EncodedExample> examples) {
        BitSet right = new BitSet();
        for (int from = 0; from < examples.size(); from += BATCH) {
            List<EncodedExample> batch = examples.subList(from, Math.min(examples.size(), from + BATCH));
            double[][] outputs = model.predict(
                    batch.stream().<ModelInput>map(EncodedExample::tokens).toList());
            for (int i = 0; i < outputs.length; i++) {
                right.set(
                        from + i,
                        new Label.Category(Logits.largest(outputs[i]))
                                .equals(batch.get(i).example().label()));
            }
        }
        return right;
    }

    private PackedAdapter packed() throws IOException {
        Path folder = scratch.resolve("adapter");
        try {
            AdapterFolder.save(folder, shared.card(), adapters, head);
            Set<String> own = trained().stream().map(Parameter::name).collect(Collectors.toSet());
            List<String> fixed = adapters.parameters().stream()
                    .map(Parameter::name)
                    .filter(name -> parts != KeyParts.ADAPTER_AND_HEAD && !own.contains(name))
                    .toList();
            return PackedAdapter.read(folder).fixing(fixed);
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
