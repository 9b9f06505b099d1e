package org.lsradapt.finetuning;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.adapters.AdapterColumns;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.io.internal.AtomicFolder;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.CloseGuard;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingResult;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.weights.BasePrecision;

/**
 * A base model with trained adapters, a trained head, or both.
 *
 * <p>Predictions, generation and embeddings are safe for use by many threads; all else is for one thread at a time. The
 * code that trained or loaded the model closes it; closing waits for running predictions. It also closes a base model
 * that was loaded by name, but not a {@link FrozenModel} that was passed in.
 */
public abstract class FineTunedModel implements AutoCloseable {
    private static final int MOST_LABELS = 8;

    private final ModelParts parts;
    private final CloseGuard guard = new CloseGuard("the model is closed");
    private volatile boolean lent;
    private Optional<Measurement> measured = Optional.empty();
    private Map<String, List<String>> columns = Map.of();
    private volatile Optional<PassFactory> elsewhere = Optional.empty();

    /** Takes ownership of the parts. */
    public FineTunedModel(ModelParts parts) {
        this.parts = parts;
    }

    /**
     * Loads a folder that {@link #save} wrote, or a whole model that has a trained classifier, predicts tokens, or has
     * two towers: a Hugging Face folder, such as {@code merge} writes, or a GGUF file.
     *
     * @param folder the folder, or the file
     * @return the model, of the subclass for its task; the caller closes it
     * @throws IllegalArgumentException if the base model is not available, or is not the one that the adapter was
     *     trained on
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static FineTunedModel load(Path folder) throws IOException {
        return SavedModel.load(folder, Optional.empty());
    }

    /**
     * Loads a model like {@link #load(Path)}, with the base model's weights in the given precision instead of that of
     * the training.
     *
     * @param precision the precision of the base model's weights
     * @return the model, of the subclass for its task; the caller closes it
     * @throws IllegalArgumentException as for {@link #load(Path)}, or if the base model cannot have that precision
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static FineTunedModel load(Path folder, BasePrecision precision) throws IOException {
        return SavedModel.load(folder, Optional.of(precision));
    }

    /**
     * Loads an adapter on a base model that is in memory already.
     *
     * @param base the model that it was trained on; not closed with the result
     * @return the model, of the subclass for its task; the caller closes it
     * @throws IllegalArgumentException if the adapter was trained on another model
     * @throws IOException if a file is missing or malformed; the message names it
     */
    public static FineTunedModel load(Path folder, FrozenModel base) throws IOException {
        return SavedModel.load(folder, base);
    }

    /**
     * Returns the model's answers in a form that programs print.
     *
     * @param request the model's name for messages, and options
     * @throws IllegalArgumentException if the model does not predict, or the options do not fit it; the message names another command
     */
    public abstract Predictor predictor(Predictor.Request request);

    /** The base model. */
    public FrozenModel base() {
        return parts.base().model();
    }

    /**
     * The model's own adapters, not copies; empty if a head alone was trained. Predictions that begin after a change of
     * their numbers use the new ones. While an {@link org.lsradapt.lsr.InPlaceMerge} of them is open, predictions use
     * the merged weights.
     */
    public Optional<AdapterSet> adapters() {
        lend();
        return parts.adapters();
    }

    /** The adapters for this class's own use, which does not change them. */
    protected final Optional<AdapterSet> ownAdapters() {
        return parts.adapters();
    }

    /** Called before trained parameters are handed out; whoever holds them may change them at any time. */
    final void lend() {
        lent = true;
    }

    /** Whether parameters were handed out, so that their numbers may have changed. */
    protected final boolean isLent() {
        return lent;
    }

    /** The result of the training; empty if this model was loaded. */
    public Optional<TrainingResult> training() {
        return parts.training();
    }

    final void columns(Map<String, List<String>> named) {
        columns = named;
    }

    final void measured(Optional<Measurement> best) {
        measured = best;
    }

    /** Returns the measurement of the training's best evaluation, if it has values by row. */
    final Optional<Measurement> measured() {
        return measured;
    }

    /** The number of trainable parameters of the adapters. */
    public long adapterParameterCount() {
        return ownAdapters().map(AdapterSet::parameterCount).orElse(0L);
    }

    /** The number of trainable parameters of the head; 0 without a head. */
    public long headParameterCount() {
        return 0;
    }

    /**
     * Saves the trained parameters in FP32, with the name and fingerprint of the base model but without its weights.
     *
     * @param folder the folder, empty or not there yet; docs/reference/format.md says what it holds
     * @throws IOException if something exists in its place, or a file cannot be written; nothing new is left then
     */
    public final void save(Path folder) throws IOException {
        save(folder, Precision.FP32);
    }

    /**
     * Saves the trained parameters.
     *
     * @param folder the folder, empty or not there yet
     * @param storage the precision that the adapters' factors are rounded to: FP32, FP16, BF16, INT8 or INT4
     * @throws IllegalArgumentException if a folder cannot have that precision
     * @throws IOException if something exists in its place, or a file cannot be written; nothing new is left then
     */
    public final void save(Path folder, Precision storage) throws IOException {
        requireFree(folder);
        AtomicFolder.write(folder, beside -> saveReplacing(beside, storage));
    }

    static void requireFree(Path folder) throws IOException {
        if (!AtomicFolder.isFree(folder)) {
            throw new IOException(folder + ": cannot save the model there: found "
                    + (Files.isDirectory(folder) ? "a folder that is not empty" : "something that is not a folder")
                    + ", expected an empty folder or a new name; saveReplacing replaces a saved model");
        }
    }

    /** Saves like {@link #saveReplacing(Path, Precision)}, in FP32. */
    public final void saveReplacing(Path folder) throws IOException {
        saveReplacing(folder, Precision.FP32);
    }

    /**
     * Saves the trained parameters, in place of a model that was saved in the folder before. A reader, and a process
     * that is killed at any moment, finds the old model or the new one. Other files in the folder stay.
     *
     * @param folder the folder, made if there is none
     * @throws IllegalArgumentException if a folder cannot have that precision
     * @throws IOException if a file cannot be written; the message names it
     */
    public final void saveReplacing(Path folder, Precision storage) throws IOException {
        saveParameters(folder, storage);
        if (parts.training().isPresent() || !columns.isEmpty()) {
            AdapterColumns.write(folder, columns);
        }
    }

    /** Saves the trained parameters, for {@link #saveReplacing(Path, Precision)}. */
    protected abstract void saveParameters(Path folder, Precision storage) throws IOException;

    /** Returns the task that the model was trained for. */
    public TaskDescription task() {
        return parts.task();
    }

    /** The longest input in tokens; longer ones are cut, or read in several windows. */
    public final int maxLength() {
        return parts.maxLength();
    }

    /** Returns the kind of model, its task with some labels, its base model and the number of its trained parameters. */
    @Override
    public final String toString() {
        return String.format(
                Locale.ROOT,
                "%s[%s%s, %,d trained parameters]",
                getClass().getSimpleName(),
                describe(task()),
                base().name(),
                adapterParameterCount() + headParameterCount());
    }

    private static String describe(TaskDescription task) {
        List<String> labels = task.labels();
        String some = String.join(", ", labels.subList(0, Math.min(MOST_LABELS, labels.size())));
        return task.name() + ": " + task.summary()
                + (labels.isEmpty() ? "" : " (" + some + (labels.size() > MOST_LABELS ? ", …" : "") + ")") + ", on ";
    }

    /** The description of the base model that is saved with each adapter. */
    protected final AdapterCard card() {
        FrozenModel model = whileOpen(this::base);
        String fingerprint = task().usesHiddenStates() ? model.encoderFingerprint() : model.fingerprint();
        return new AdapterCard(
                model.name(),
                model.modelType(),
                fingerprint,
                task(),
                maxLength(),
                parts.embedding(),
                model.precision());
    }

    /**
     * Returns the adapters to save.
     *
     * @param kind the kind of model, for the message
     * @throws IllegalStateException if there are none
     */
    protected final AdapterSet adaptersToSave(String kind) {
        return whileOpen(this::ownAdapters)
                .orElseThrow(() -> new IllegalStateException("save: the " + kind + " is the base model " + base().name()
                        + " as it is, expected one with adapters"));
    }

    /**
     * Undoes the calibration in all later outputs and predictions of this object; a saved model stays calibrated.
     *
     * @throws IllegalArgumentException if the model is not calibrated, or is a merged one, whose folder does not say so
     */
    public void uncalibrated() {
        throw new IllegalArgumentException(
                "uncalibrated: the model has no temperature, expected an adapter of a classifier that was trained with"
                        + " a calibration");
    }

    /**
     * Answers all inputs in later predictions of this object, also those below the classifier's least probability; a saved model keeps it.
     *
     * @throws IllegalArgumentException if the model has no least probability
     */
    public void answersAll() {
        throw new IllegalArgumentException(
                "answersAll: the model answers all inputs already, expected a classifier that was trained to abstain");
    }

    /**
     * Sets where the model's layers are computed for predictions, embeddings and generation, from the next call on; by
     * default in this process, also after a training elsewhere. Heads are computed in this process, and so are the
     * model's own measurements, such as a perplexity.
     *
     * @param where the place, such as a GPU; not to be closed before this model
     */
    public final void passes(PassExecutor where) {
        elsewhere = where == PassExecutor.LOCAL ? Optional.empty() : Optional.of(where.inference());
        passesChanged();
    }

    /** Computes passes in the place where another model does. */
    public final void passesLike(FineTunedModel other) {
        elsewhere = other.elsewhere;
        passesChanged();
    }

    /** Returns where passes are computed. */
    protected final PassFactory passes() {
        return elsewhere.orElseGet(() -> PassFactory.here(Backends.standard()));
    }

    /** Called after a new choice of {@link #passes()}. */
    protected void passesChanged() {}

    /**
     * Whether the weights contain the adapters' update, so that predictions must not add it.
     *
     * @throws IllegalStateException if the weights contain it, and passes are computed elsewhere, where weights do not
     *     change
     */
    protected final boolean isMerged() {
        boolean merged = ownAdapters().filter(AdapterSet::isMerged).isPresent();
        if (merged && elsewhere.isPresent()) {
            throw new IllegalStateException(
                    "the adapters are merged into the base model's weights, which passes elsewhere have"
                            + " without them; close the merge, or compute here with passes(PassExecutor.LOCAL)");
        }
        return merged;
    }

    /** Runs code that reads native memory, which is not freed meanwhile. */
    protected final <T> T whileOpen(Supplier<T> use) {
        return guard.call(use);
    }

    /** Frees the resources of a subclass, except adapters and base model; called once, when nothing uses them any more. */
    protected void free() {}

    /**
     * Waits for running predictions, and frees the native memory. Further calls do nothing.
     *
     * @throws IllegalStateException if called from inside a prediction, such as from a consumer of generated text
     */
    @Override
    public final void close() {
        guard.close(() -> {
            free();
            ownAdapters().ifPresent(AdapterSet::close);
            parts.base().close();
        });
    }
}
