package org.lsradapt.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.ImageTextEmbedder;
import org.lsradapt.finetuning.SequenceModel;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.finetuning.ZeroShotClassifier;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.DualModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.models.Models;
import org.lsradapt.report.Baseline;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.RunFolder;
import org.lsradapt.tasks.Example;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TextSequences;

/**
 * Each method with each seed on the same examples in the same order. What is known is written after each, and the state
 * of the training in between, so that a run that is cut short leaves what it had and can go on. For one thread.
 */
public final class Run implements AutoCloseable {
    /** The folder of checkpoints in a run's folder. */
    static final String CHECKPOINTS = "checkpoints";

    private final RunSettings settings;
    private final RunData data;
    private final FrozenModel base;
    private final LayerSelector targets;
    private final int maxLength;
    private final RunTraining training;
    private final RunListener listener;

    private Run(RunSettings settings, RunData data, FrozenModel base, RunListener listener) throws IOException {
        this.settings = settings;
        this.data = data;
        this.base = base;
        this.listener = listener;
        targets = settings.targets().orElseGet(base::queryAndValue);
        maxLength = settings.maxLength().orElse(Math.min(usualLength(data, base), base.maxLength()));
        training = new RunTraining(settings, data, base, targets, maxLength);
    }

    private static int usualLength(RunData data, FrozenModel base) throws IOException {
        if (data instanceof RunData.Embeddings) {
            return one(base).embeddingSettings().maxLength();
        }
        if (data instanceof RunData.Texts) {
            return FineTuning.TEXT_LENGTH;
        }
        return base instanceof BaseModel one && !one.readsImages() ? FineTuning.SEQUENCE_LENGTH : base.maxLength();
    }

    /** The model of data that wants no towers. */
    private static BaseModel one(FrozenModel base) {
        return (BaseModel) base;
    }

    private BaseModel one() {
        return one(base);
    }

    private DualModel towers() {
        return (DualModel) base;
    }

    /**
     * Loads the base model and checks that every method can be set up on it, so that a mistake shows before the first
     * method has trained for hours.
     *
     * @param settings what to do
     * @param data what to train and evaluate on
     * @param listener told of the progress
     * @return the run, which the caller closes
     * @throws IllegalArgumentException if the settings do not fit the data or the model
     * @throws IOException if a file of the model is missing or malformed
     */
    public static Run prepare(RunSettings settings, RunData data, RunListener listener) throws IOException {
        if (settings.holdOut() != 0) {
            for (long seed : settings.seeds()) {
                data.holdOut(settings.holdOut(), seed);
            }
        }
        listener.said("loading model " + settings.model());
        FrozenModel base = data.wantsTowers()
                ? DualModel.load(settings.model(), settings.basePrecision())
                : BaseModel.load(settings.model(), settings.basePrecision());
        try {
            Run run = new Run(settings, data, base, listener);
            run.check();
            run.describe();
            return run;
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    private void check() throws IOException {
        Require.argument(
                !settings.balancedClasses()
                        || (data instanceof RunData.Labelled labelled
                                && labelled.majorityAccuracy().isPresent()),
                "class weights: task %s has no classes, expected a classification",
                data.name());
        Require.argument(
                maxLength <= base.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                maxLength,
                settings.model(),
                base.maxLength());
        if (data instanceof RunData.Texts texts) {
            TextGenerator.of(one()).close();
            TextSequences.encode(texts.texts().train().subList(0, 1), one().tokenizer(), maxLength);
        } else if (data instanceof RunData.Embeddings) {
            TextEmbedder.of(one(), one().embeddingSettings().withMaxLength(maxLength))
                    .close();
        } else if (data instanceof RunData.Captions captions) {
            ImageSource.at(captions.captions().train().get(0).anchor()).read();
        } else {
            check((RunData.Labelled) data);
        }
        for (Method method : settings.methods()) {
            Require.argument(
                    method.adapters().isPresent() || data.hasHead(),
                    "method %s trains the head alone, and task %s has no head; expected methods with adapters",
                    method.label(),
                    data.name());
            method.adapters().ifPresent(this::check);
        }
    }

    private void check(RunData.Labelled labelled) throws IOException {
        List<Example> first = labelled.data().train().subList(0, 1);
        if (labelled.augmentation().isEmpty()) {
            EncodedExample.encode(first, one().tokenizer(), maxLength);
            return;
        }
        if (base instanceof BaseModel model) {
            model.imageProcessor();
        }
        if (base instanceof DualModel) {
            try (ImageTextEmbedder embedder = ImageTextEmbedder.of(towers())) {
                embedder.classes(labelled.task().labels(), labelled.template().orElseThrow());
            }
        }
        Require.argument(
                !settings.balancedClasses() || data.hasHead(),
                "class weights: task %s is learned by contrast with texts, expected none",
                data.name());
        ImageSource.at(first.get(0).first()).read();
    }

    /** Those that are adapted. */
    private List<FrozenLinear> layers() {
        return targets.select(base.linearLayers(), read());
    }

    private List<FrozenLinear> read() {
        return data.hasHead() ? base.linearLayers() : base.encoderLayers();
    }

    private void check(AdapterConfig config) {
        AdapterSet.create(layers(), config, Backends.standard()).close();
    }

    private void describe() {
        data.notes().forEach(listener::said);
        listener.said(data.describe());
        listener.said(String.format(
                Locale.ROOT,
                "model %s: %s; %d linear layers to adapt (%s); backend %s",
                settings.model(),
                base.size(),
                layers().size(),
                targets,
                Backends.standard().name()));
        targets.unread(base.linearLayers(), read())
                .forEach(name -> listener.said("layer " + name + " is not adapted: the training does not read it"));
    }

    /**
     * Trains everything and writes adapters, metrics and report. Where an earlier call for the folder was cut short,
     * this one goes on, to the bit, from the checkpoints there; {@link #removeCheckpoints} removes them when they have
     * served.
     *
     * @param folder where to write; made if there is none
     * @return what came of it
     * @throws org.lsradapt.training.DivergedException if a loss stops being finite
     * @throws IOException if a file cannot be written, or a checkpoint in the folder is another run's; the message names
     *     it
     */
    public RunRecord execute(Path folder) throws IOException {
        Files.createDirectories(folder);
        Optional<Baseline> baseline = baseline();
        List<MethodResult> results = new ArrayList<>();
        RunRecord run = record(baseline, results);
        for (long seed : settings.seeds()) {
            for (Method method : settings.methods()) {
                results.add(train(method, seed, folder));
                run = record(baseline, results);
                RunFolder.writeMetrics(folder, run);
            }
        }
        RunFolder.writeReport(folder, run);
        return run;
    }

    private MethodResult train(Method method, long seed, Path folder) throws IOException {
        Checkpoints checkpoints = Checkpoints.in(adapterFolder(folder.resolve(CHECKPOINTS), method.label(), seed))
                .every(settings.saveEvery())
                .with("task", data.name());
        try (RunListener.Watch watch = listener.training(method, seed);
                FineTunedModel model = training.train(new RunTraining.One(method, seed, watch, checkpoints))) {
            model.save(adapterFolder(folder, method.label(), seed));
            List<LayerReport> layers = model.adapters().stream()
                    .flatMap(set -> set.adapters().stream())
                    .map(LayerReport::of)
                    .toList();
            Optional<double[][]> outputs = outputs(model);
            return new MethodResult(
                    method.label(),
                    seed,
                    layers,
                    model.adapters().map(AdapterSet::parameterCount).orElse(0L),
                    model.headParameterCount(),
                    model.training().orElseThrow(),
                    settings.holdOut() == 0 ? Optional.empty() : Optional.of(measure(model, outputs)),
                    outputs.flatMap(this::predictions));
        }
    }

    /** What a model says about evaluation examples with labels; empty for all else. */
    private Optional<double[][]> outputs(FineTunedModel model) {
        if (!(data instanceof RunData.Labelled labelled)) {
            return Optional.empty();
        }
        List<Example> examples = labelled.data().evaluation();
        if (model instanceof ImageTextEmbedder towers) {
            return Optional.of(towers.outputs(examples));
        }
        SequenceModel sequences = (SequenceModel) model;
        return settings.holdOut() == 0 ? sequences.evaluated() : Optional.of(sequences.outputs(examples));
    }

    /** Metrics on the evaluation data, of which nothing was chosen. */
    private Map<String, Double> measure(FineTunedModel model, Optional<double[][]> outputs) throws IOException {
        if (outputs.isPresent()) {
            RunData.Labelled labelled = (RunData.Labelled) data;
            return labelled.task().evaluate(labelled.data().evaluation(), outputs.get());
        }
        if (data instanceof RunData.Texts texts) {
            return Map.of(data.primaryMetric(), perplexity(texts, (TextGenerator) model));
        }
        return data instanceof RunData.Embeddings embeddings
                ? embeddings.evaluation().evaluate((TextEmbedder) model)
                : metrics((ImageTextEmbedder) model);
    }

    private double perplexity(RunData.Texts texts, TextGenerator generator) {
        return generator.perplexity(texts.texts().evaluation(), maxLength);
    }

    /** What a classifier says about the evaluation examples; empty for a regression. */
    private Optional<Predictions> predictions(double[][] outputs) {
        RunData.Labelled labelled = (RunData.Labelled) data;
        List<Example> examples = labelled.data().evaluation();
        Optional<Predictions> predictions = Predictions.of(labelled.task(), examples, outputs);
        return labelled.augmentation().isPresent()
                ? predictions.map(all ->
                        all.ofImages(examples.stream().map(Example::first).toList()))
                : predictions;
    }

    /** Whether a folder has the report that a run writes when it has ended. */
    public static boolean isFinished(Path folder) {
        return Files.isRegularFile(folder.resolve(RunFolder.REPORT));
    }

    /**
     * Removes the checkpoints of a run that has ended.
     *
     * @throws IOException if a file cannot be removed
     */
    public static void removeCheckpoints(Path folder) throws IOException {
        Path checkpoints = folder.resolve(CHECKPOINTS);
        if (!Files.isDirectory(checkpoints)) {
            return;
        }
        List<Path> entries;
        try (Stream<Path> all = Files.walk(checkpoints)) {
            entries = all.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : entries) {
            Files.deleteIfExists(entry);
        }
    }

    /**
     * Where a run leaves what a method trained.
     *
     * @return such as {@code folder/lsr-1}, {@code folder/lora-r2-1} for {@code lora:2}, or {@code
     *     folder/lokr-r4-lr=0.002-1} for {@code lokr:4:lr=0.002}
     */
    public static Path adapterFolder(Path folder, String method, long seed) {
        return folder.resolve(method.replaceFirst(":(?=\\d)", "-r").replace(":", "-") + "-" + seed);
    }

    private Optional<Baseline> baseline() throws IOException {
        if (data instanceof RunData.Embeddings embeddings) {
            listener.said("measuring the base model");
            try (TextEmbedder embedder =
                    TextEmbedder.of(one(), one().embeddingSettings().withMaxLength(maxLength))) {
                return Optional.of(Baseline.baseMetrics(embeddings.evaluation().evaluate(embedder)));
            }
        }
        if (data instanceof RunData.Texts texts) {
            try (TextGenerator generator = TextGenerator.of(one())) {
                return Optional.of(Baseline.baseMetrics(Map.of(data.primaryMetric(), perplexity(texts, generator))));
            }
        }
        if (data.wantsTowers()) {
            listener.said("measuring the base model");
            try (ImageTextEmbedder embedder = ImageTextEmbedder.of(towers())) {
                return Optional.of(Baseline.baseMetrics(metrics(embedder)));
            }
        }
        return ((RunData.Labelled) data).majorityMetrics().map(Baseline::majorityClass);
    }

    private Map<String, Double> metrics(ImageTextEmbedder embedder) throws IOException {
        if (data instanceof RunData.Captions captions) {
            return embedder.recall(captions.captions().evaluation());
        }
        RunData.Labelled labelled = (RunData.Labelled) data;
        List<Example> examples = labelled.data().evaluation();
        List<ImageSource> images = new ArrayList<>();
        for (Example example : examples) {
            images.add(ImageSource.at(example.first()));
        }
        ZeroShotClassifier classifier =
                embedder.classes(labelled.task().labels(), labelled.template().orElseThrow());
        return labelled.task().evaluate(examples, classifier.outputs(images));
    }

    private RunRecord record(Optional<Baseline> baseline, List<MethodResult> results) {
        Map<String, Map<String, Object>> sections = settings.describe(data.name(), maxLength, targets);
        data.augmentation().filter(Augmentation::isOn).ifPresent(augmentation -> {
            sections.get("training").put("flip", augmentation.flip());
            sections.get("training").put("crop", augmentation.leastArea());
        });
        if (data instanceof RunData.Labelled labelled) {
            labelled.template().ifPresent(template -> sections.get("training").put("template", template));
        }
        return new RunRecord(
                data.name(),
                settings.model(),
                data.title() + ", " + Models.title(settings.model()),
                data.primaryMetric(),
                baseline,
                sections,
                results);
    }

    @Override
    public void close() {
        base.close();
    }
}
