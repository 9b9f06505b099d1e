package org.lsradapt.finetuning;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.tasks.classification.SequenceTraining;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.CutTexts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures and runs the training of a model. The defaults were measured to do well: LSR adapters of
 * {@link LsrConfig#defaults()} on query and value projections, trained with {@link TrainingDefaults}. For one thread at
 * a time; it can be used for several trainings.
 *
 * <p>Every {@code train} returns the model of the best evaluation, which the caller closes. It throws an
 * {@link IllegalArgumentException} if a setting does not fit the model or the data, a
 * {@link org.lsradapt.training.DivergedException} if the loss stops being finite, and an {@link IOException} if a file of the
 * base model, or an image, is missing or malformed.
 *
 * @param <T> the type of the training
 * @param <B> the type of the base model
 */
public abstract class FineTuning<T extends FineTuning<T, B>, B extends FrozenModel> {
    private static final Logger LOG = LoggerFactory.getLogger(FineTuning.class);

    /**
     * The default longest input in tokens; classifiers and regressors of longer texts have
     * {@link SequenceTraining#usualLength}.
     */
    public static final int SEQUENCE_LENGTH = 128;

    /** The default longest text of next-token training in tokens. */
    public static final int TEXT_LENGTH = 512;

    /** Warnings of this process that are not repeated with each training. */
    private static final Set<String> WARNED = ConcurrentHashMap.newKeySet();

    private final BaseHandle.Source<B> source;
    private Optional<String> name = Optional.empty();
    private Optional<AdapterConfig> adapters = Optional.of(LsrConfig.defaults());
    private boolean adaptersChosen;
    private Optional<Path> start = Optional.empty();
    private Optional<LayerSelector> targets = Optional.empty();
    private Optional<TrainingConfig> config = Optional.empty();
    private OptionalInt epochs = OptionalInt.empty();
    private OptionalInt maxLength = OptionalInt.empty();
    /** Whether {@link #maxLength} was chosen by the data, so that batches are bounded by it. */
    private boolean lengthOfData;

    private Optional<TrainingListener> listener = Optional.empty();
    private Consumer<AdapterSet> initialization = set -> {};
    private Optional<Checkpoints> checkpoints = Optional.empty();
    private Optional<Path> output = Optional.empty();
    private PassExecutor passes = PassExecutor.LOCAL;
    /** The warning about cut texts in the running training; empty for none. */
    private Supplier<Optional<String>> cutTexts = Optional::empty;

    private Optional<Measurement> measured = Optional.empty();

    /** Creates a training, whose base model the source opens. */
    protected FineTuning(BaseHandle.Source<B> source) {
        this.source = source;
    }

    /** Returns this training. */
    @SuppressWarnings("unchecked")
    protected final T self() {
        return (T) this;
    }

    /** Sets the name of the task for the saved folder, instead of the data's own or that of the kind of task. */
    public T name(String ofTask) {
        name = Optional.of(ofTask);
        return self();
    }

    /** Returns the name of the task for the saved folder. */
    protected final String nameOr(String usual) {
        return name.orElse(usual);
    }

    /** Whether adapters are trained, not the head alone. */
    protected final boolean hasAdapters() {
        return adapters.isPresent();
    }

    /** Returns the default configuration of adapters of a kind with a head: {@link TrainingDefaults#HEAD}. */
    public static TrainingConfig defaultConfig(AdapterConfig adapters) {
        return TrainingDefaults.HEAD.config(adapters);
    }

    /**
     * Sets the adapters to train, instead of {@link LsrConfig#defaults()}; {@link LsrConfig#lora} for LoRA, or another
     * kind.
     */
    public T adapters(AdapterConfig adapterConfig) {
        adapters = Optional.of(adapterConfig);
        adaptersChosen = true;
        requireOneStart();
        return self();
    }

    /** Trains the head alone, by default with {@link TrainingDefaults#HEAD}; {@code train} refuses a task without a head. */
    public T headOnly() {
        adapters = Optional.empty();
        adaptersChosen = true;
        requireOneStart();
        return self();
    }

    /**
     * Trains the adapters of a saved folder further, for this task, in place of fresh ones. Their settings and layers are
     * those of the folder; its head, if it has one, is not read. The base model has to be the one that they were trained on.
     *
     * @param folder a folder that a fine-tuned model of any task was saved in
     * @throws IllegalArgumentException if the folder has a head alone, or {@link #adapters} or {@link #targets} was
     *     called; {@code train} throws one if the base model is another one, or the training does not read an adapted
     *     layer
     * @throws IOException if a file is missing or malformed
     */
    public T from(Path folder) throws IOException {
        Optional<AdapterConfig> saved =
                AdapterFolder.configs(folder).values().stream().findFirst();
        Require.argument(saved.isPresent(), "%s: has a head alone, expected adapters", folder);
        start = Optional.of(folder);
        requireOneStart();
        adapters = saved;
        return self();
    }

    private void requireOneStart() {
        Require.argument(
                start.isEmpty() || !(adaptersChosen || targets.isPresent()),
                "adapters from %s have the settings and layers of that folder; found others that were chosen too, expected"
                        + " one or the other",
                start.map(Path::toString).orElse(""));
    }

    /**
     * Sets the layers to adapt, instead of the query and value projections. Layers that the training does not read,
     * such as BERT's pooler in a training of embeddings, are left out; the log names them.
     */
    public T targets(LayerSelector layers) {
        targets = Optional.of(layers);
        requireOneStart();
        return self();
    }

    /** Sets the configuration of the training, in place of all {@link TrainingDefaults}; cannot be combined with {@link #epochs}. */
    public T config(TrainingConfig trainingConfig) {
        config = Optional.of(trainingConfig);
        requireOneNumberOfEpochs();
        return self();
    }

    /**
     * Sets the number of passes over the training data; all other settings keep their defaults.
     *
     * @throws IllegalArgumentException if the number is below 1, or {@link #config} was called
     */
    public T epochs(int passes) {
        Require.argument(passes >= 1, "epochs: %d, expected 1 or more", passes);
        epochs = OptionalInt.of(passes);
        requireOneNumberOfEpochs();
        return self();
    }

    private void requireOneNumberOfEpochs() {
        Require.argument(
                config.isEmpty() || epochs.isEmpty(),
                "epochs(%d) keeps the other defaults, and config(…) replaces them all; found both, expected one of them",
                epochs.orElse(0));
    }

    /** Sets the longest input in tokens; longer texts are cut, and the log warns of it. */
    public T maxLength(int tokens) {
        Require.argument(tokens >= 1, "max length is %d, expected >= 1", tokens);
        maxLength = OptionalInt.of(tokens);
        lengthOfData = false;
        return self();
    }

    /**
     * Sets the longest input like {@link #maxLength}, to a default that was chosen for data. Batches of long inputs are
     * then computed in parts, as with that default.
     */
    public T lengthOfData(int tokens) {
        maxLength = OptionalInt.of(tokens);
        lengthOfData = true;
        return self();
    }

    /** Sets the listener that receives the progress, in the thread that trains, in place of the log. */
    public T listener(TrainingListener trainingListener) {
        listener = Optional.of(trainingListener);
        return self();
    }

    /** Sets a change of the adapters before they are trained, for experiments with other initializations. */
    public T initialization(Consumer<AdapterSet> change) {
        initialization = change;
        return self();
    }

    /**
     * Sets where the state of the training is kept, so that the same program, started again after a crash, resumes it.
     * Everything that the result depends on is compared: base model, training and evaluation data, and all settings.
     */
    public T checkpoints(Checkpoints where) {
        checkpoints = Optional.of(where);
        return self();
    }

    /**
     * Has the trained model saved, as {@link FineTunedModel#save(Path)} does. {@code train} throws that method's
     * exception before any work if something exists in the folder's place.
     *
     * @param folder the folder, empty or not there yet
     */
    public T saveTo(Path folder) {
        output = Optional.of(folder);
        return self();
    }

    /** Sets where the passes through the model are computed, instead of in this process. */
    public T passes(PassExecutor where) {
        passes = where;
        return self();
    }

    /** Returns the seed of the training. */
    protected final long seed() {
        return config.map(TrainingConfig::seed)
                .orElseGet(() -> TrainingConfig.defaults().seed());
    }

    private TrainingConfig config(Lesson<B, ?> lesson, B base) {
        if (config.isPresent()) {
            return config.get();
        }
        TrainingConfig usual = lesson.forModel(lesson.defaults().config(adapters), base);
        int passes = epochs.orElse(lesson.epochs(usual));
        return usual.toBuilder().epochs(passes).build();
    }

    private int length(Lesson<B, ?> lesson, B base) throws IOException {
        int room = base.maxLength();
        int length = maxLength.isPresent() ? maxLength.getAsInt() : Math.min(lesson.usualLength(base), room);
        Require.argument(
                length <= room, "max length %d: model %s has positions for %d tokens", length, base.name(), room);
        return length;
    }

    /**
     * Makes the initial adapters, closed if the training fails: those of a folder, or fresh ones on the chosen layers,
     * without the layers that the objective does not read.
     */
    private Optional<AdapterSet> makeAdapters(B base, Objective objective, CloseOnFailure opened) throws IOException {
        if (adapters.isEmpty()) {
            return Optional.empty();
        }
        List<FrozenLinear> read = Stream.concat(base.encoderLayers().stream(), objective.layers().stream())
                .toList();
        AdapterSet set =
                opened.add(start.isPresent() ? saved(start.get(), base, read) : fresh(adapters.get(), base, read));
        initialization.accept(set);
        return Optional.of(set);
    }

    private static AdapterSet saved(Path folder, FrozenModel base, List<FrozenLinear> read) throws IOException {
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            return saved.adaptersToTrain(base, read, Backends.standard());
        }
    }

    private AdapterSet fresh(AdapterConfig kind, FrozenModel base, List<FrozenLinear> read) {
        LayerSelector selector = targets.orElseGet(base::queryAndValue);
        List<FrozenLinear> layers = selector.select(base.linearLayers(), read);
        selector.unread(base.linearLayers(), read)
                .forEach(name -> LOG.info("layer {} is not adapted: the training does not read it", name));
        AdapterSet set = AdapterSet.create(layers, kind, Backends.standard());
        oversized(set).filter(WARNED::add).ifPresent(LOG::warn);
        return set;
    }

    /** A warning about adapters with more parameters than the weights that they update. */
    private static Optional<String> oversized(AdapterSet set) {
        List<LayerAdapter> large = set.adapters().stream()
                .filter(adapter -> adapter.parameterCount() > weights(adapter))
                .toList();
        return large.stream()
                .findFirst()
                .map(first -> String.format(
                        Locale.ROOT,
                        "adapters with more parameters than their layers have weights: %d of %d, such as %s, %,d for %,d weights;"
                                + " training the layer itself would take fewer, expected lower ranks or fewer terms",
                        large.size(),
                        set.adapters().size(),
                        first.name(),
                        first.parameterCount(),
                        weights(first)));
    }

    private static long weights(LayerAdapter adapter) {
        return (long) adapter.layer().inFeatures() * adapter.layer().outFeatures();
    }

    /**
     * Trains.
     *
     * @param lesson the task and the data
     * @return the model of the best evaluation, which the caller closes
     * @throws IllegalArgumentException if a setting does not fit the model or the data
     * @throws org.lsradapt.training.DivergedException if the loss stops being finite
     * @throws IOException if a file of the base model, or an image, is missing or malformed, or the model cannot be saved
     *     where {@link #saveTo} says
     */
    protected final <M extends FineTunedModel> M train(Lesson<B, M> lesson) throws IOException {
        if (output.isPresent()) {
            FineTunedModel.requireFree(output.get());
        }
        try (CloseOnFailure opened = new CloseOnFailure()) {
            BaseHandle<B> base = opened.add(source.open());
            base.model().precision().requireTraining();
            try (CutTexts.Collection cut = base.model().cutTexts().collect()) {
                cutTexts = cut.isOutermost() ? cut::sentence : Optional::empty;
                M model = train(lesson, base, opened);
                // For an evaluation that encodes its texts itself.
                warnOfCutTexts();
                return opened.release(model);
            }
        } catch (UncheckedIOException e) {
            // From an image that is read while batches are made.
            throw e.getCause();
        }
    }

    private <M extends FineTunedModel> M train(Lesson<B, M> lesson, BaseHandle<B> base, CloseOnFailure opened)
            throws IOException {
        B model = base.model();
        lesson.requireFit(model);
        Require.argument(
                adapters.isPresent() || lesson.hasHead(),
                "training of the head alone: the task has no head, expected adapters");
        int length = length(lesson, model);
        LOG.info("{}", describeLength(length, maxLength.isPresent() && !lengthOfData));
        TrainingConfig settings = config(lesson, model);
        Lesson.Parts<B, M> parts = lesson.on(model, new Lesson.Setting(length, settings, passes, opened::add));
        Optional<AdapterSet> set = makeAdapters(model, parts.objective(), opened);
        TrainingConfig used = maxLength.isEmpty() || lengthOfData ? lesson.bounded(settings, model, length) : settings;
        TrainingResult result = train(lesson, model, parts, set, used);
        M trained = parts.finish().make(new Lesson.Trained<>(base, set, result, parts.objective()));
        trained.measured(measured);
        trained.columns(lesson.columns());
        if (output.isPresent()) {
            trained.save(output.get());
        }
        return trained;
    }

    private TrainingResult train(
            Lesson<B, ?> lesson, B base, Lesson.Parts<B, ?> parts, Optional<AdapterSet> set, TrainingConfig used)
            throws IOException {
        List<TrainingExample> items = parts.examples().get();
        try (AdaptedModel model = base.adapted(set, parts.objective(), Backends.standard())) {
            warnOfCutTexts();
            TrainingListener told = listener.orElseGet(() -> LoggedProgress.of(
                    lesson.describe(items.size(), base),
                    config.isPresent() || epochs.isPresent() ? "" : lesson.reasonForEpochs()));
            Trainer trainer = new Trainer(model, used, told, passes, start.isPresent());
            TrainingResult result = run(trainer, items, parts.evaluation(), base);
            measured = parts.evaluation().bestByRow(model);
            return result;
        }
    }

    /** Says how many tokens of an input are read, and whether the caller set the length. */
    public static String describeLength(int tokens, boolean asked) {
        return "inputs are read up to " + tokens + " tokens"
                + (asked ? "" : ", the default for this data and this model");
    }

    private TrainingResult run(Trainer trainer, List<TrainingExample> items, Evaluation evaluation, B base)
            throws IOException {
        if (checkpoints.isEmpty()) {
            return trainer.run(items, evaluation);
        }
        Checkpoints ofBase = checkpoints
                .get()
                .with("base model", base.fingerprint())
                .with("precision of the base model", base.precision().label());
        return trainer.run(items, evaluation, ofBase);
    }

    private void warnOfCutTexts() {
        Optional<String> sentence = cutTexts.get();
        if (sentence.isPresent()) {
            LOG.warn(sentence.get());
            cutTexts = Optional::empty;
        }
    }
}
