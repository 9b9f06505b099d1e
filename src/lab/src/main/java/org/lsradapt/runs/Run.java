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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.Dataset;
import org.lsradapt.data.HeldOut;
import org.lsradapt.finetuning.Baseline;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.finetuning.TrainingDefaults;
import org.lsradapt.finetuning.TrainingTask;
import org.lsradapt.finetuning.TrainingTask.Feature;
import org.lsradapt.finetuning.validation.Tuning;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.models.Models;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.report.TunedMethod;
import org.lsradapt.report.internal.RunFolder;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.settings.TrainingPlan;
import org.lsradapt.transformer.inputs.CutTexts;

/**
 * A run trains each method with each seed on the same examples in the same order. It writes the results after each training
 * and checkpoints during it, so an interrupted run keeps its results and can be continued. For one thread.
 */
public final class Run implements AutoCloseable {
    static final String CHECKPOINTS = "checkpoints";

    private final RunSettings settings;
    private final TrainingTask<?, ?> task;
    private final FrozenModel base;
    private final LayerSelector targets;
    private final int maxLength;
    private final List<Method> methods;
    private final RunListener listener;
    /** Collects truncated texts from before the first text is encoded, so that no other code reports them. */
    private final CutTexts.Collection checked;
    /** A sentence on truncated texts; empty before the first training begins or if no text is truncated. */
    private Optional<String> cutTexts = Optional.empty();

    private PassExecutor passes = PassExecutor.LOCAL;
    private Optional<Path> tensorBoard = Optional.empty();

    private Run(RunSettings settings, TrainingTask<?, ?> task, FrozenModel base, RunListener listener)
            throws IOException {
        this.settings = settings;
        this.task = task;
        this.base = base;
        this.listener = listener;
        checked = base.cutTexts().collect();
        targets = settings.targets().orElseGet(base::queryAndValue);
        maxLength = settings.maxLength().isPresent()
                ? settings.maxLength().getAsInt()
                : Math.min(task.usualLength(base), base.maxLength());
        methods = settings.methods().stream()
                .map(method -> method.withHeadSteps(task.headSteps(method.headSteps(), base)))
                .toList();
    }

    /**
     * Loads the base model and checks that the methods after the first can be set up on it, so that errors show before the
     * first training.
     *
     * @param listener receives the progress
     * @return the run, which the caller closes
     * @throws IllegalArgumentException if the settings do not fit the task or the model
     * @throws IOException if a file of the model is missing or malformed
     */
    public static Run prepare(RunSettings settings, TrainingTask<?, ?> task, RunListener listener) throws IOException {
        check(settings, task);
        listener.said("loading model " + settings.model());
        FrozenModel base = task.load(settings.model(), settings.basePrecision());
        try {
            Run run = new Run(settings, task, base, listener);
            run.check();
            run.describe();
            return run;
        } catch (IOException | RuntimeException e) {
            base.close();
            throw e;
        }
    }

    private static boolean adapts(RunSettings settings) {
        return settings.methods().stream().anyMatch(method -> method.adapters().isPresent());
    }

    private static void check(RunSettings settings, TrainingTask<?, ?> task) {
        if (settings.holdOut() != 0) {
            settings.seeds().forEach(seed -> task.holdOut(settings.holdOut(), seed));
        }
        if (settings.balancedClasses()) {
            task.require(Feature.CLASS_WEIGHTS);
        }
        if (settings.training().labelSmoothing() != 0) {
            task.require(Feature.LABEL_SMOOTHING);
        }
        if (settings.calibrated()) {
            task.require(Feature.CALIBRATION);
        }
        if (settings.training().contrastSteps() > 0) {
            task.require(Feature.FEW_SHOT);
            Require.argument(
                    settings.teacher().isEmpty(), "few-shot: found a teacher as well, expected one or the other");
            Require.argument(
                    adapts(settings),
                    "few-shot: found the method frozen alone, expected one with adapters, which the contrast trains");
        }
        if (settings.teacher().isPresent()) {
            task.require(Feature.TEACHER);
        }
        if (settings.validation().abstain().isPresent()) {
            task.require(Feature.ABSTENTION);
        }
        if (settings.validation().hasFolds()) {
            task.require(Feature.FOLDS);
            task.folds(settings.validation().folds());
        }
        Require.argument(
                settings.validation().tuning().isEmpty() || !RunRecord.isSmallerBetter(task.primaryMetric()),
                "tune: task %s is measured by %s, expected a task whose metric is better if it is larger",
                task.name(),
                task.primaryMetric());
        if (settings.methods().stream().anyMatch(method -> method.adapters().isEmpty())) {
            task.require(Feature.HEAD);
        }
    }

    private void check() throws IOException {
        Require.argument(
                maxLength <= base.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                maxLength,
                settings.model(),
                base.maxLength());
        for (Method method : methods) {
            if (method.from().isPresent()) {
                checkSaved(method.from().get());
            }
        }
        methods.stream()
                .filter(method -> method.from().isEmpty())
                .flatMap(method -> method.adapters().stream())
                .forEach(this::check);
    }

    private List<FrozenLinear> layers() {
        return targets.select(base.linearLayers(), read());
    }

    private List<FrozenLinear> read() {
        return task.has(Feature.HEAD) ? base.linearLayers() : base.encoderLayers();
    }

    private void checkSaved(Path folder) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            saved.adaptersToTrain(base, read(), Backends.standard()).close();
        }
    }

    private void check(AdapterConfig config) {
        AdapterSet.create(layers(), config, Backends.standard()).close();
    }

    private void describe() {
        if (settings.validation().hasFolds()) {
            Optional<String> heldOut = task.data().heldOut().map(HeldOut::describe);
            remarks().stream()
                    .filter(note -> heldOut.filter(note::startsWith).isEmpty())
                    .forEach(listener::said);
        } else {
            remarks().forEach(listener::said);
        }
        listener.said(sizes());
        listener.said(String.format(
                Locale.ROOT,
                "model %s: %s; %d linear layers to adapt (%s); backend %s",
                settings.model(),
                base.size(),
                layers().size(),
                targets,
                Backends.standard().name()));
    }

    private String sizes() {
        return settings.validation().hasFolds()
                ? String.format(
                        Locale.ROOT,
                        "task %s: %d rows in %d folds",
                        task.name(),
                        task.data().rows().size(),
                        settings.validation().folds())
                : task.describe();
    }

    /** Returns what was held out, merged, left out or chosen, one sentence each. */
    private List<String> remarks() {
        List<String> remarks = new ArrayList<>(task.notes());
        if (!base.readsImages()) {
            remarks.add(
                    FineTuning.describeLength(maxLength, settings.maxLength().isPresent()));
        }
        boolean contrasts = settings.training().contrastSteps() > 0;
        if (task.isOfFewExamples()
                && !contrasts
                && adapts(settings)
                && settings.teacher().isEmpty()) {
            remarks.add("there are at most " + TrainingDefaults.FEW_OF_CLASS
                    + " examples per class on average: with so few, --few-shot gained seven points of accuracy");
        }
        targets.unread(base.linearLayers(), read())
                .forEach(name -> remarks.add("layer " + name + " is not adapted: the training does not read it"));
        return remarks;
    }

    /** Sets the executor of passes through the model, kept, which the caller closes; the default computes them in this process. */
    public Run passes(PassExecutor where) {
        passes = where;
        return this;
    }

    /** Writes TensorBoard event files, in addition to the report, into a subfolder for each method and seed, such as {@code lsr-1}. */
    public Run tensorBoard(Path folder) {
        tensorBoard = Optional.of(folder);
        return this;
    }

    /**
     * Trains everything and writes adapters, metrics and report. If an earlier call for the folder was interrupted, this
     * one continues from the checkpoints there, with bit-identical results. {@link #removeCheckpoints} removes the
     * checkpoints afterwards.
     *
     * @param folder the output folder; created if it does not exist
     * @throws org.lsradapt.training.DivergedException if a loss is not finite
     * @throws IOException if a file cannot be written, or a checkpoint in the folder is of another run; the message names
     *     it
     */
    public RunRecord execute(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (CutTexts.Collection cut = base.cutTexts().collect()) {
            return execute(folder, cut);
        }
    }

    private RunRecord execute(Path folder, CutTexts.Collection cut) throws IOException {
        TrainingTask<?, ?> measured = settings.validation().hasFolds() ? task.undivided() : task;
        List<Baseline> baselines = measured.baselines(base, maxLength, listener::said);
        MethodTraining<?, ?> training = training(folder, saying(cut));
        List<TunedMethod> tuned = tune(training);
        List<Method> chosen = IntStream.range(0, methods.size())
                .mapToObj(i -> tuned.isEmpty()
                        ? methods.get(i)
                        : methods.get(i).like(tuned.get(i).best()))
                .toList();
        List<MethodResult> results = new ArrayList<>();
        RunRecord run = record(chosen, tuned, baselines, results);
        for (long seed : settings.seeds()) {
            for (Method method : chosen) {
                results.add(training.train(method, seed));
                run = record(chosen, tuned, baselines, results);
                RunFolder.writeMetrics(folder, run);
            }
        }
        MethodResult last = results.get(results.size() - 1);
        Path adapter = adapterFolder(folder, last.method(), last.seed());
        RunFolder.writeReport(folder, run, task.usage(folder.relativize(adapter).toString()));
        return run;
    }

    private MethodTraining<?, ?> training(Path folder, TrainingListener cut) {
        return training(
                task,
                new MethodTraining.Place(
                        settings, base, targets, maxLength, passes, tensorBoard, listener, cut, folder));
    }

    private static <D extends Dataset<?, ?, D>, M extends FineTunedModel> MethodTraining<D, M> training(
            TrainingTask<D, M> task, MethodTraining.Place place) {
        return new MethodTraining<>(task, place);
    }

    /** Searches the rate and the epochs of each method with the first seed. */
    private List<TunedMethod> tune(MethodTraining<?, ?> training) throws IOException {
        List<TunedMethod> tuned = new ArrayList<>();
        if (settings.validation().tuning().isPresent()) {
            Tuning.Budget budget = settings.validation().tuning().get().dividedBy(methods.size());
            for (Method method : methods) {
                tuned.add(training.tune(method, settings.seeds().get(0), budget));
            }
        }
        return tuned;
    }

    /** Adds a warning about truncated texts, once per run. */
    private TrainingListener saying(CutTexts.Collection cut) {
        return new TrainingListener() {
            @Override
            public void started(TrainingPlan plan) {
                if (cutTexts.isEmpty()) {
                    cutTexts = cut.sentence();
                    cutTexts.ifPresent(sentence -> listener.said("warning: " + sentence));
                }
            }
        };
    }

    /** Whether a folder has the report that a run writes at its end. */
    public static boolean isFinished(Path folder) {
        return Files.isRegularFile(folder.resolve(RunFolder.REPORT));
    }

    /** Removes the checkpoints of a finished run. */
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
     * Returns the folder in which a run saves the model of one method and seed.
     *
     * @return such as {@code folder/lsr-1}, {@code folder/lora-r2-1} for {@code lora:2}, or {@code
     *     folder/lokr-r4-lr=0.002-1} for {@code lokr:4:lr=0.002}
     */
    public static Path adapterFolder(Path folder, String method, long seed) {
        return folder.resolve(folderName(method) + "-" + seed);
    }

    static String folderName(String method) {
        return method.replaceFirst(":(?=\\d)", "-r").replace(":", "-");
    }

    private RunRecord record(
            List<Method> ran, List<TunedMethod> tuned, List<Baseline> baselines, List<MethodResult> results) {
        Map<String, Map<String, Object>> sections = settings.describe(ran, task.name(), maxLength, targets);
        sections.get("training").putAll(task.settings());
        return new RunRecord(
                task.name(),
                settings.model(),
                task.title() + ", " + Models.title(settings.model()),
                task.primaryMetric(),
                baselines,
                sections,
                results,
                cutTexts.stream().toList(),
                tuned,
                Stream.concat(Stream.of(sizes()), remarks().stream()).toList());
    }

    @Override
    public void close() {
        checked.close();
        base.close();
    }
}
