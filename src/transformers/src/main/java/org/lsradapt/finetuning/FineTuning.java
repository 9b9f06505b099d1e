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
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Objective;
import org.lsradapt.training.Checkpoints;
import org.lsradapt.training.Evaluation;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.Trainer;
import org.lsradapt.training.TrainingConfig;
import org.lsradapt.training.TrainingExample;
import org.lsradapt.training.TrainingListener;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.CutTexts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Configures and runs the training of a model. The defaults were measured to do well: LSR adapters of
 * {@link LsrConfig#defaults()} on query and value projections, trained with {@link TrainingDefaults}. For one thread at
 * a time; it can be used for several trainings.
 *
 * @param <T> the type of the training
 */
public abstract sealed class FineTuning<T extends FineTuning<T>>
        permits SequenceTraining,
                TokenClassifier.Training,
                AnswerExtractor.Training,
                EmbedderTraining,
                RerankerTraining,
                TextGenerator.Training,
                MaskedLanguageModel.Training,
                ImageTextTraining {
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

    private Optional<AdapterConfig> adapters = Optional.of(LsrConfig.defaults());
    private boolean adaptersChosen;
    private Optional<Path> start = Optional.empty();
    private Optional<LayerSelector> targets = Optional.empty();
    private Optional<TrainingConfig> config = Optional.empty();
    private OptionalInt epochs = OptionalInt.empty();
    private Optional<Integer> maxLength = Optional.empty();
    private Optional<TrainingListener> listener = Optional.empty();
    private Consumer<AdapterSet> initialization = set -> {};
    private Optional<Checkpoints> checkpoints = Optional.empty();
    private PassExecutor passes = PassExecutor.LOCAL;
    /** The warning about cut texts in the running training; empty for none. */
    private Supplier<Optional<String>> cutTexts = Optional::empty;

    FineTuning() {}

    abstract T self();

    /** Returns the default configuration of adapters of a kind with a head: {@link TrainingDefaults#HEAD}. */
    public static TrainingConfig defaultConfig(AdapterConfig adapters) {
        return TrainingDefaults.HEAD.config(adapters);
    }

    /** Returns the default configuration of a training of the head alone, comparable with {@link #defaultConfig}. */
    public static TrainingConfig headConfig() {
        return TrainingDefaults.HEAD.withoutAdapters();
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

    void withoutAdapters() {
        adapters = Optional.empty();
        adaptersChosen = true;
        requireOneStart();
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
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            Require.argument(!saved.layerNames().isEmpty(), "%s: has a head alone, expected adapters", folder);
            start = Optional.of(folder);
            requireOneStart();
            adapters = Optional.of(saved.config(saved.layerNames().get(0)));
        }
        return self();
    }

    private void requireOneStart() {
        Require.argument(
                start.isEmpty() || !(adaptersChosen || targets.isPresent()),
                "adapters from %s have the settings and layers of that folder; found others that were chosen too, expected"
                        + " one or the other",
                start.map(Path::toString).orElse(""));
    }

    /** The adapters' configuration; empty for no adapters. */
    Optional<AdapterConfig> adapterConfig() {
        return adapters;
    }

    boolean hasAdapters() {
        return adapters.isPresent();
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

    /**
     * Sets the configuration of the training, in place of all {@link TrainingDefaults}.
     *
     * @throws IllegalArgumentException if {@link #epochs} was called
     */
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
        maxLength = Optional.of(tokens);
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

    /** Sets where the passes through the model are computed, instead of in this process. */
    public T passes(PassExecutor where) {
        passes = where;
        return self();
    }

    PassExecutor passes() {
        return passes;
    }

    TrainingConfig config() {
        return config.orElseGet(() -> {
            TrainingConfig usual = forData(defaults().config(adapters));
            return epochs.isPresent()
                    ? usual.toBuilder().epochs(epochs.getAsInt()).build()
                    : usual;
        });
    }

    abstract TrainingDefaults defaults();

    /** Adapts the defaults to the training data. */
    TrainingConfig forData(TrainingConfig usual) {
        return usual;
    }

    /** A description of the training data, for the log. */
    abstract String describe(int items);

    /** The reason for the default number of epochs, for the log. */
    String defaultEpochs() {
        return "the default";
    }

    /** Adapts a configuration to the longest input, if the data has chosen that. */
    TrainingConfig forLength(TrainingConfig chosen) {
        return chosen;
    }

    /** Whether the longest input was set. */
    boolean hasLength() {
        return maxLength.isPresent();
    }

    int maxLength(FrozenModel base, int byDefault) {
        int room = base.maxLength();
        int length = maxLength.orElse(Math.min(byDefault, room));
        Require.argument(
                length <= room, "max length %d: model %s has positions for %d tokens", length, base.name(), room);
        return length;
    }

    /**
     * Makes the initial adapters, closed if the training fails: those of a folder, or fresh ones on the chosen layers,
     * without the layers that the objective does not read.
     */
    Optional<AdapterSet> makeAdapters(FrozenModel base, Objective objective, CloseOnFailure opened) throws IOException {
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

    /** Makes a fine-tuned model; resources that it adds to {@code opened} are closed if it fails. */
    @FunctionalInterface
    interface Work<B extends FrozenModel, M extends FineTunedModel> {
        M on(BaseHandle<B> base, CloseOnFailure opened) throws IOException;
    }

    <B extends FrozenModel, M extends FineTunedModel> M onBase(BaseHandle.Source<B> source, Work<B, M> work)
            throws IOException {
        try (CloseOnFailure opened = new CloseOnFailure()) {
            BaseHandle<B> base = opened.add(source.open());
            base.model().precision().requireTraining();
            try (CutTexts.Collection cut = base.model().cutTexts().collect()) {
                cutTexts = cut.isOutermost() ? cut::sentence : Optional::empty;
                M model = work.on(base, opened);
                // For an evaluation that encodes its texts itself.
                warnOfCutTexts();
                return opened.release(model);
            }
        } catch (UncheckedIOException e) {
            // From an image that is read while batches are made.
            throw e.getCause();
        }
    }

    /** Warns once for each training. */
    private void warnOfCutTexts() {
        Optional<String> sentence = cutTexts.get();
        if (sentence.isPresent()) {
            LOG.warn(sentence.get());
            cutTexts = Optional::empty;
        }
    }

    /** Trains on a model of one tower. */
    TrainingResult train(
            BaseModel base,
            Optional<AdapterSet> set,
            Objective objective,
            List<TrainingExample> items,
            Evaluation evaluation)
            throws IOException {
        try (AdaptedModel model = new AdaptedModel(base.weights(), set, objective, Backends.standard())) {
            return train(base, model, items, evaluation);
        }
    }

    /** Trains a model that stands on a base model. */
    TrainingResult train(FrozenModel base, AdaptedModel model, List<TrainingExample> items, Evaluation evaluation)
            throws IOException {
        warnOfCutTexts();
        if (listener.isEmpty()) {
            UnseenProgress.say();
        }
        TrainingListener told = listener.orElseGet(() -> new LoggedProgress(
                describe(items.size()), config.isPresent() || epochs.isPresent() ? "" : defaultEpochs()));
        TrainingConfig used = forLength(config());
        Trainer trainer = new Trainer(model, used, told, passes, start.isPresent());
        if (checkpoints.isEmpty()) {
            return trainer.run(items, evaluation);
        }
        Checkpoints ofBase = checkpoints
                .get()
                .with("base model", base.fingerprint())
                .with("precision of the base model", base.precision().label());
        return trainer.run(items, evaluation, ofBase);
    }
}
