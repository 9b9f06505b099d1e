package org.lsradapt.runs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.artifacts.OptionalArtifact;
import org.lsradapt.finetuning.ImageClassifier;
import org.lsradapt.finetuning.SequenceModel;
import org.lsradapt.finetuning.SequenceTraining;
import org.lsradapt.finetuning.TextClassifier;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.finetuning.TextGenerator;
import org.lsradapt.finetuning.TextModel;
import org.lsradapt.finetuning.TextRegressor;
import org.lsradapt.finetuning.TextTraining;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageSource;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.GradientStart;
import org.lsradapt.lsr.numerics.SkewedTerms;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.Models;
import org.lsradapt.report.Baseline;
import org.lsradapt.report.LayerReport;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.Predictions;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.internal.RunFolder;
import org.lsradapt.tasks.Example;
import org.lsradapt.tasks.TaskData;
import org.lsradapt.tasks.TaskKind;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.EncodedExample;
import org.lsradapt.training.TextSequences;

/**
 * Each method with each seed on the same examples in the same order. What is known is written after each, and the state
 * of the training in between, so that a run that is cut short leaves what it had and can go on. For one thread.
 */
public final class Run implements AutoCloseable {
    /** The folder of checkpoints in a run's folder. */
    private static final String CHECKPOINTS = "checkpoints";

    private final RunSettings settings;
    private final RunData data;
    private final BaseModel base;
    private final LayerSelector targets;
    private final int maxLength;
    private final RunListener listener;

    private Run(RunSettings settings, RunData data, BaseModel base, RunListener listener) throws IOException {
        this.settings = settings;
        this.data = data;
        this.base = base;
        this.listener = listener;
        targets = settings.targets().orElseGet(base::queryAndValue);
        maxLength = settings.maxLength().orElse(Math.min(usualLength(data, base), base.maxLength()));
    }

    private static int usualLength(RunData data, BaseModel base) throws IOException {
        if (data instanceof RunData.Embeddings) {
            return base.embeddingSettings().maxLength();
        }
        if (data instanceof RunData.Texts) {
            return TextTraining.TEXT_LENGTH;
        }
        return base.readsImages() ? base.maxLength() : TextTraining.SEQUENCE_LENGTH;
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
        OptionalArtifact.XCHART.require();
        listener.said("loading model " + settings.model());
        BaseModel base = BaseModel.load(settings.model(), settings.basePrecision());
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
                maxLength <= base.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                maxLength,
                settings.model(),
                base.maxLength());
        if (data instanceof RunData.Texts texts) {
            TextGenerator.of(base).close();
            TextSequences.encode(texts.texts().train().subList(0, 1), base.tokenizer(), maxLength);
        } else if (data instanceof RunData.Embeddings) {
            TextEmbedder.of(base, base.embeddingSettings().withMaxLength(maxLength)).close();
        } else {
            RunData.Labelled labelled = (RunData.Labelled) data;
            List<Example> first = labelled.data().train().subList(0, 1);
            if (labelled.images().isPresent()) {
                base.imageProcessor();
                ImageSource.at(first.get(0).first()).read();
            } else {
                EncodedExample.encode(first, base.tokenizer(), maxLength);
            }
        }
        Checkpoints.in(Path.of(CHECKPOINTS)).every(settings.saveEvery());
        Require.argument(
                settings.holdOut() == 0 || data instanceof RunData.Labelled,
                "hold out: task %s has no labels, expected a classification or a regression",
                data.name());
        for (Method method : settings.methods()) {
            Require.argument(
                    method.adapters().isPresent() || data instanceof RunData.Labelled,
                    "method %s trains the head alone, and task %s has no head; expected methods with adapters",
                    method.label(),
                    data.name());
            settings.training(method, settings.seeds().get(0));
            method.adapters().ifPresent(this::check);
            if (method.gradientBatches() > 0 && method.adapters().orElseThrow() instanceof LsrConfig lsr) {
                GradientStart.requirePossible(lsr);
            }
        }
    }

    private void check(AdapterConfig config) {
        try (AdapterSet adapters =
                AdapterSet.create(targets.select(base.linearLayers()), config, Backends.standard())) {
            skew(adapters);
        }
    }

    private void describe() {
        data.notes().forEach(listener::said);
        listener.said(data.describe());
        listener.said(String.format(
                Locale.ROOT,
                "model %s: %d layers, width %d; %d linear layers to adapt (%s); backend %s",
                settings.model(),
                base.model().blocks().size(),
                base.model().width(),
                targets.select(base.linearLayers()).size(),
                targets,
                Backends.standard().name()));
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
        Checkpoints checkpoints = Checkpoints.in(
                        adapterFolder(folder.resolve(CHECKPOINTS), method.label(), seed))
                .every(settings.saveEvery())
                .with("task", data.name())
                .with("evaluation data", data.evaluated());
        try (RunListener.Watch watch = listener.training(method, seed);
                TextModel model = train(new Training(method, seed, watch, checkpoints))) {
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
                    outputs.flatMap(this::measure),
                    outputs.flatMap(this::predictions));
        }
    }

    /** What a model with a head says about the evaluation examples; empty for all else. */
    private Optional<double[][]> outputs(TextModel model) {
        if (model instanceof SequenceModel sequences && data instanceof RunData.Labelled labelled) {
            return settings.holdOut() == 0
                    ? sequences.evaluated()
                    : Optional.of(sequences.outputs(labelled.data().evaluation()));
        }
        return Optional.empty();
    }

    /** What the evaluation examples say, if others have chosen the best evaluation. */
    private Optional<Map<String, Double>> measure(double[][] outputs) {
        RunData.Labelled labelled = (RunData.Labelled) data;
        return settings.holdOut() == 0
                ? Optional.empty()
                : Optional.of(labelled.task().evaluate(labelled.data().evaluation(), outputs));
    }

    /** What a classifier says about the evaluation examples; empty for a regression. */
    private Optional<Predictions> predictions(double[][] outputs) {
        RunData.Labelled labelled = (RunData.Labelled) data;
        if (labelled.task().kind() != TaskKind.CLASSIFICATION) {
            return Optional.empty();
        }
        List<Example> examples = labelled.data().evaluation();
        List<Integer> found = Arrays.stream(outputs).map(Run::largest).toList();
        List<Integer> right = examples.stream().map(example -> (int) example.label()).toList();
        List<String> locations = labelled.images().isPresent()
                ? examples.stream().map(Example::first).toList()
                : List.of();
        return Optional.of(new Predictions(labelled.task().labels(), right, found, locations));
    }

    private static int largest(double[] outputs) {
        return IntStream.range(0, outputs.length)
                .reduce((best, i) -> outputs[i] > outputs[best] ? i : best)
                .orElseThrow();
    }

    /** Whether a folder has the report that a run writes when it has ended. */
    public static boolean isFinished(Path folder) {
        return Files.isRegularFile(folder.resolve(RunFolder.REPORT));
    }

    /**
     * Removes the checkpoints of a run that has ended.
     *
     * @param folder the run's folder
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
     * @param folder the run's folder
     * @param method the method's label
     * @param seed the seed
     * @return such as {@code folder/lsr-1}, {@code folder/lora-r2-1} for {@code lora:2}, or {@code
     *     folder/lokr-r4-lr=0.002-1} for {@code lokr:4:lr=0.002}
     */
    public static Path adapterFolder(Path folder, String method, long seed) {
        return folder.resolve(method.replaceFirst(":(?=\\d)", "-r").replace(":", "-") + "-" + seed);
    }

    /** One method with one seed. */
    private record Training(Method method, long seed, RunListener.Watch watch, Checkpoints checkpoints) {}

    private TextModel train(Training one) throws IOException {
        if (data instanceof RunData.Texts texts) {
            return set(TextGenerator.on(base).name(texts.name()), one).train(texts.texts());
        }
        if (data instanceof RunData.Pairs pairs) {
            return set(TextEmbedder.on(base).name(pairs.name()), one).train(pairs.pairs());
        }
        if (data instanceof RunData.ScoredPairs scored) {
            return set(TextEmbedder.on(base).name(scored.name()), one).trainScored(scored.pairs());
        }
        RunData.Labelled labelled = (RunData.Labelled) data;
        if (labelled.task().kind() == TaskKind.REGRESSION) {
            return train(TextRegressor.on(base), labelled, one);
        }
        if (labelled.images().isPresent()) {
            ImageClassifier.Training classifier =
                    ImageClassifier.on(base).augmentation(labelled.images().get().withSeed(one.seed()));
            return train(settings.balancedClasses() ? classifier.balancedClasses() : classifier, labelled, one);
        }
        TextClassifier.Training classifier = TextClassifier.on(base);
        return train(settings.balancedClasses() ? classifier.balancedClasses() : classifier, labelled, one);
    }

    private <T extends SequenceTraining<T, ?>> TextModel train(
            T training, RunData.Labelled labelled, Training one) throws IOException {
        T ready = set(training, one);
        TaskData examples = settings.holdOut() == 0
                ? labelled.data()
                : labelled.data().holdOut(labelled.task().kind(), settings.holdOut(), one.seed());
        return (one.method().adapters().isPresent() ? ready : ready.headOnly()).train(labelled.task(), examples);
    }

    private <T extends TextTraining<T>> T set(T training, Training one) {
        one.method().adapters().ifPresent(config -> training.adapters(config.withSeed(one.seed())));
        return training.targets(targets)
                .config(settings.training(one.method(), one.seed()))
                .maxLength(maxLength)
                .initialization(this::skew)
                .checkpoints(one.checkpoints())
                .listener(one.watch());
    }

    /** Initializes LSR adapters with terms that cancel, if that was asked for. */
    private void skew(AdapterSet adapters) {
        for (LayerAdapter adapter : adapters.adapters()) {
            if (settings.skew() != 0 && adapter instanceof LsrAdapter lsr && !lsr.config().isLora()) {
                SkewedTerms.rewrite(lsr.a(), settings.skew());
                SkewedTerms.rewrite(lsr.b(), settings.skew());
            }
        }
    }

    private Optional<Baseline> baseline() throws IOException {
        if (data instanceof RunData.Embeddings embeddings) {
            listener.said("measuring the base model");
            try (TextEmbedder embedder =
                    TextEmbedder.of(base, base.embeddingSettings().withMaxLength(maxLength))) {
                return Optional.of(Baseline.baseMetrics(embeddings.evaluation().evaluate(embedder)));
            }
        }
        if (data instanceof RunData.Texts texts) {
            try (TextGenerator generator = TextGenerator.of(base)) {
                return Optional.of(Baseline.basePerplexity(
                        generator.perplexity(texts.texts().evaluation(), maxLength)));
            }
        }
        return ((RunData.Labelled) data)
                .majorityAccuracy()
                .stream()
                .mapToObj(Baseline::majorityClass)
                .findFirst();
    }

    private RunRecord record(Optional<Baseline> baseline, List<MethodResult> results) {
        Map<String, Map<String, Object>> sections = settings.describe(data.name(), maxLength, targets);
        if (data instanceof RunData.Labelled labelled) {
            labelled.images().filter(Augmentation::isOn).ifPresent(augmentation -> {
                sections.get("training").put("flip", augmentation.flip());
                sections.get("training").put("crop", augmentation.leastArea());
            });
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
