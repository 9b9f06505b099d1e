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
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.FineTunedModel;
import org.lsradapt.images.Augmentation;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
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
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TensorBoard;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingPlan;
import org.lsradapt.transformer.CutTexts;

/**
 * A run trains each method with each seed on the same examples in the same order. It writes the results after each training
 * and checkpoints during it, so an interrupted run keeps its results and can be continued. For one thread.
 */
public final class Run implements AutoCloseable {
    /** The folder of checkpoints in a run's folder. */
    static final String CHECKPOINTS = "checkpoints";

    private final RunSettings settings;
    private final RunData data;
    private final FrozenModel base;
    private final Experiment<?> experiment;
    private final RunListener listener;
    /** Collects truncated texts from before the first text is encoded, so that no other code reports them. */
    private final CutTexts.Collection checked;
    /** A sentence on truncated texts; empty before the first training begins or if no text is truncated. */
    private Optional<String> cutTexts = Optional.empty();

    private PassExecutor passes = PassExecutor.LOCAL;
    private Optional<Path> tensorBoard = Optional.empty();

    private Run(RunSettings settings, RunData data, FrozenModel base, RunListener listener) throws IOException {
        this.settings = settings;
        this.data = data;
        this.base = base;
        this.listener = listener;
        checked = base.cutTexts().collect();
        experiment = data.on(base, settings);
    }

    /**
     * Loads the base model and checks that every method can be set up on it, so that errors show before the first training.
     *
     * @param settings the settings
     * @param data the data for training and evaluation
     * @param listener receives the progress
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
                !settings.balancedClasses() || data.hasClasses(),
                "class weights: task %s has no classes, expected a classification",
                data.name());
        Require.argument(
                settings.training().labelSmoothing() == 0 || data.hasLabelsToSmooth(),
                "label smoothing: task %s has no classes that exclude each other and no tokens to predict, expected a classification,"
                        + " tokens, text or instructions",
                data.name());
        Require.argument(
                experiment.maxLength() <= base.maxLength(),
                "max length %d: model %s has positions for %d tokens",
                experiment.maxLength(),
                settings.model(),
                base.maxLength());
        Require.argument(
                settings.teacher().isEmpty() || experiment.takesTeacher(),
                "teacher: task %s is learned without one, expected a classification with a head, a ranking or pairs",
                data.name());
        experiment.check();
        for (Method method : settings.methods()) {
            Require.argument(
                    method.adapters().isPresent() || data.hasHead(),
                    "method %s trains the head alone, and task %s has no head; expected methods with adapters",
                    method.label(),
                    data.name());
            if (method.from().isPresent()) {
                checkSaved(method.from().get());
            } else {
                method.adapters().ifPresent(this::check);
            }
        }
    }

    /** Returns the layers to adapt. */
    private List<FrozenLinear> layers() {
        return experiment.targets().select(base.linearLayers(), read());
    }

    private List<FrozenLinear> read() {
        return data.hasHead() ? base.linearLayers() : base.encoderLayers();
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
        data.notes().forEach(listener::said);
        listener.said(data.describe());
        listener.said(String.format(
                Locale.ROOT,
                "model %s: %s; %d linear layers to adapt (%s); backend %s",
                settings.model(),
                base.size(),
                layers().size(),
                experiment.targets(),
                Backends.standard().name()));
        experiment
                .targets()
                .unread(base.linearLayers(), read())
                .forEach(name -> listener.said("layer " + name + " is not adapted: the training does not read it"));
    }

    /**
     * Sets the executor of passes through the model; the default computes them in this process.
     *
     * @param where kept; the caller closes it after this run
     * @return this run
     */
    public Run passes(PassExecutor where) {
        passes = where;
        return this;
    }

    /**
     * Writes TensorBoard event files in addition to the report.
     *
     * @param folder the parent folder; each method and seed has a subfolder, such as {@code lsr-1}
     * @return this run
     */
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
     * @return the record of the run
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
        List<Baseline> baselines = experiment.baselines(listener);
        List<MethodResult> results = new ArrayList<>();
        RunRecord run = record(baselines, results);
        for (long seed : settings.seeds()) {
            for (Method method : settings.methods()) {
                results.add(train(experiment, method, seed, folder, cut));
                run = record(baselines, results);
                RunFolder.writeMetrics(folder, run);
            }
        }
        MethodResult last = results.get(results.size() - 1);
        Path adapter = adapterFolder(folder, last.method(), last.seed());
        RunFolder.writeReport(folder, run, data.usage(folder.relativize(adapter).toString()));
        return run;
    }

    private <M extends FineTunedModel> MethodResult train(
            Experiment<M> each, Method method, long seed, Path folder, CutTexts.Collection cut) throws IOException {
        Checkpoints checkpoints = Checkpoints.in(adapterFolder(folder.resolve(CHECKPOINTS), method.label(), seed))
                .every(settings.saveEvery())
                .with("task", data.name());
        try (RunListener.Watch watch = listener.training(method, seed);
                M model = each.train(new Experiment.One(
                        method, seed, told(saying(cut, watch), method, seed), checkpoints, passes))) {
            model.saveReplacing(adapterFolder(folder, method.label(), seed));
            List<LayerReport> layers = model.adapters().stream()
                    .flatMap(set -> set.adapters().stream())
                    .map(LayerReport::of)
                    .toList();
            Experiment.Outcome outcome = each.outcome(model);
            return new MethodResult(
                    method.label(),
                    seed,
                    layers,
                    model.adapters().map(AdapterSet::parameterCount).orElse(0L),
                    model.headParameterCount(),
                    model.training().orElseThrow(),
                    outcome.measured(),
                    outcome.predictions(),
                    outcome.labels());
        }
    }

    /** Adds a warning about truncated texts to the watch, once per run. */
    private TrainingListener saying(CutTexts.Collection cut, RunListener.Watch watch) {
        return new TrainingListener() {
            @Override
            public void started(TrainingPlan plan) {
                if (cutTexts.isEmpty()) {
                    cutTexts = cut.sentence();
                    cutTexts.ifPresent(sentence -> listener.said("warning: " + sentence));
                }
            }
        }.and(watch);
    }

    private TrainingListener told(TrainingListener watch, Method method, long seed) {
        return tensorBoard
                .map(folder -> watch.and(TensorBoard.in(adapterFolder(folder, method.label(), seed))))
                .orElse(watch);
    }

    /** Whether a folder has the report that a run writes at its end. */
    public static boolean isFinished(Path folder) {
        return Files.isRegularFile(folder.resolve(RunFolder.REPORT));
    }

    /**
     * Removes the checkpoints of a finished run.
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
     * Returns the folder in which a run saves the model of one method and seed.
     *
     * @return such as {@code folder/lsr-1}, {@code folder/lora-r2-1} for {@code lora:2}, or {@code
     *     folder/lokr-r4-lr=0.002-1} for {@code lokr:4:lr=0.002}
     */
    public static Path adapterFolder(Path folder, String method, long seed) {
        return folder.resolve(method.replaceFirst(":(?=\\d)", "-r").replace(":", "-") + "-" + seed);
    }

    private RunRecord record(List<Baseline> baselines, List<MethodResult> results) {
        Map<String, Map<String, Object>> sections =
                experiment.settings().describe(data.name(), experiment.maxLength(), experiment.targets());
        data.augmentation().filter(Augmentation::isOn).ifPresent(augmentation -> {
            sections.get("training").put("flip", augmentation.flip());
            sections.get("training").put("crop", augmentation.leastArea());
        });
        sections.get("training").putAll(data.settings());
        data.template().ifPresent(template -> sections.get("training").put("template", template));
        return new RunRecord(
                data.name(),
                settings.model(),
                data.title() + ", " + Models.title(settings.model()),
                data.primaryMetric(),
                baselines,
                sections,
                results,
                cutTexts.stream().toList());
    }

    @Override
    public void close() {
        checked.close();
        base.close();
    }
}
