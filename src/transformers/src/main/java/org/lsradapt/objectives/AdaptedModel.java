package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen model with adapters (or none) and an objective. It computes outputs for sequences, and the gradients of a
 * loss.
 *
 * <p>Without adapters, nothing below a head changes. The hidden state that a head reads is then computed once per
 * sequence and kept, up to a bound. For one thread at a time: a call throws an {@link IllegalStateException} and
 * changes nothing if another thread's call is in progress or the model is closed. The owners of weights, adapters and
 * head close them.
 */
public final class AdaptedModel implements AutoCloseable {
    private final FrozenBase model;
    private final Optional<AdapterSet> adapters;
    private final Objective objective;
    private final Objective.Run run;
    private final Backend backend;
    private final AdaptedPasses passes;
    private final BatchGradients gradients;
    private final FeatureCache own;
    private FeatureCache kept;
    private Optional<SharedFeatures> shared = Optional.empty();
    private int chunkSize;
    private boolean headAlone;
    private Optional<List<Parameter>> chosen = Optional.empty();

    private final ThreadGuard guard = new ThreadGuard(
            "the model",
            "the model is closed",
            "it is for one thread at a time: to predict from many threads, take MultiAdapterModel, or give each a model of"
                    + " its own");

    /**
     * Creates a model with adapters.
     *
     * @param weights frozen weights; kept
     * @param adapters adapters of the model's layers; kept
     * @param objective the training objective; kept
     * @throws IllegalArgumentException if the model does not have a layer that an adapter names
     */
    public AdaptedModel(TransformerWeights weights, AdapterSet adapters, Objective objective, Backend backend) {
        this(weights, Optional.of(adapters), objective, backend);
    }

    /**
     * Creates a model without adapters. Only the objective's own parameters are trained.
     *
     * @param weights frozen weights; kept
     * @param objective the training objective; kept
     */
    public AdaptedModel(TransformerWeights weights, Objective objective, Backend backend) {
        this(weights, Optional.empty(), objective, backend);
    }

    /** Creates a model with adapters, or without if they are empty. All arguments are kept. */
    public AdaptedModel(
            TransformerWeights weights, Optional<AdapterSet> adapters, Objective objective, Backend backend) {
        this(FrozenBase.of(weights, objective.rows()), adapters, objective, backend);
    }

    /**
     * Creates a model of two towers, with adapters of layers of either or both.
     *
     * @param towers frozen weights; kept
     * @param adapters adapters of the towers' layers; kept
     * @param objective the training objective; kept
     * @throws IllegalArgumentException if neither tower has a layer that an adapter names
     */
    public AdaptedModel(DualTowers towers, AdapterSet adapters, EmbeddingObjective objective, Backend backend) {
        this(FrozenBase.of(towers), Optional.of(adapters), objective, backend);
    }

    private AdaptedModel(FrozenBase model, Optional<AdapterSet> adapters, Objective objective, Backend backend) {
        this.model = model;
        this.adapters = adapters;
        this.objective = objective;
        this.backend = backend;
        adapters.ifPresent(set -> TransformerPass.requireLayers(model.linearLayers(), set));
        own = new FeatureCache(model.dataType(), model.width());
        kept = own;
        passes = new AdaptedPasses(model, adapters, backend);
        passes.inference();
        run = objective.open(layer -> passes.update(layer, true));
        gradients = new BatchGradients(passes, run);
    }

    /**
     * Creates a model with the same frozen weights and objective, and other adapters or none.
     *
     * @param others adapters of the model's layers; kept; not empty for two towers
     * @return a new model, which the caller closes
     * @throws IllegalArgumentException if the model does not have a layer that an adapter names
     */
    public AdaptedModel with(Optional<AdapterSet> others) {
        AdaptedModel made = new AdaptedModel(model, others, objective, backend);
        shared.ifPresent(made::sharing);
        return made;
    }

    /**
     * Keeps the features that a head alone reads together with those of other models of the same frozen weights. A model with adapters
     * keeps its own, and shares only in a model {@link #with} none.
     *
     * @param features kept; closed after this model
     */
    public void sharing(SharedFeatures features) {
        shared = Optional.of(features);
        if (adapters.isEmpty()) {
            kept = features.of(objective.rows(), model.dataType(), model.width());
        }
    }

    /** Creates a model, which the caller closes, with the same frozen weights and adapters, and another objective on their states. */
    public AdaptedModel with(Objective other) {
        return new AdaptedModel(model, adapters, other, backend);
    }

    /** The adapters; empty if there are none. */
    public Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** The objective. */
    public Objective objective() {
        return objective;
    }

    /** Announces that many calls follow each other, as in a training run; see {@link Backend#openPass}. */
    public Backend.Pass openPass() {
        return backend.openPass();
    }

    /**
     * The trainable parameters, in at most two blocks: {@code adapters} and the objective's own, such as {@code head};
     * or those of {@link #trainOnly}.
     */
    public List<Parameter> trainable() {
        return chosen.orElseGet(this::all);
    }

    private List<Parameter> all() {
        List<Parameter> blocks = new ArrayList<>();
        adapters.ifPresent(set -> blocks.add(new Parameter("adapters", set.values(), set.gradients())));
        blocks.addAll(objective.trainable());
        return blocks;
    }

    /**
     * Returns the objective's outputs with the current parameters: class scores, the regression value, the sum of
     * −log p over predicted tokens and their number, or the embedding.
     *
     * @param sequences one batch, at least one
     * @return one row per sequence
     */
    public double[][] predict(List<? extends ModelInput> sequences) {
        try (ThreadGuard.Call call = guard.enter("predict");
                TransformerWeights.Use use = model.use();
                Backend.Pass scope = backend.openPass()) {
            return run.outputs(sequences, features(sequences));
        }
    }

    /** Whether the features that a head reads of an input are kept, so that the input need not be read again. */
    public boolean hasKept(ModelInput input) {
        return kept.has(input);
    }

    /**
     * Computes the mean loss of a batch and fills the gradients of {@link #trainable()}.
     *
     * @param sequences one batch, at least one
     * @param targets as {@link Objective#weight} takes them
     * @throws IllegalArgumentException if the counts differ, or the objective does not take a target
     */
    public double lossAndGradients(List<? extends ModelInput> sequences, List<Target> targets) {
        try (ThreadGuard.Call call = guard.enter("lossAndGradients")) {
            double total = objective.weight(sequences, targets);
            beginStep();
            double loss = addGradients(sequences, targets, total);
            endStep();
            return loss;
        }
    }

    /**
     * Sets dropout of the adapters' input from the next step on; it is off at first. It never affects {@link #predict}
     * or a model without adapters. Steps count from this call: repeating it and the same steps repeats the same
     * numbers.
     *
     * @param rate the probability with which an element is dropped, 0 ≤ rate &lt; 1; 0 for no dropout
     * @throws IllegalArgumentException if the rate is out of range
     */
    public void dropout(double rate, long seed) {
        dropout(rate, seed, 0);
    }

    /**
     * Sets dropout like {@link #dropout(double, long)}, for a training that resumes.
     *
     * @param rate the probability with which an element is dropped, 0 ≤ rate &lt; 1
     * @param steps the number of steps already taken with this rate and seed
     * @throws IllegalArgumentException if the rate is out of range
     */
    public void dropout(double rate, long seed, long steps) {
        passes.dropout().set(rate, seed, steps);
    }

    /** The rate of dropout in the next step; 0 while {@link #headAlone} is on. */
    public double dropout() {
        return headAlone ? 0 : passes.dropout().rate();
    }

    /**
     * Switches checkpointing, which saves memory in a step; it is off at first. The forward pass then keeps only each
     * layer's input, and the backward pass computes the layer again, which costs nearly one more forward pass. Losses
     * and gradients are bit-identical. While it is on, {@link #predict} frees the memory of earlier steps, and a step
     * frees that of predictions, so that the two never add up. A change frees the memory of earlier steps; call it
     * between steps.
     */
    public void checkpointing(boolean on) {
        try (ThreadGuard.Call call = guard.enter("checkpointing")) {
            passes.checkpointing(on);
        }
    }

    /**
     * Switches whether steps compute only the gradients of the objective's own parameters; it is off at first. Adapters
     * must keep their values while it is on: the hidden states that a head reads are computed once per input and kept,
     * as in a model without adapters.
     *
     * @param on true for the objective's own parameters only
     */
    public void headAlone(boolean on) {
        try (ThreadGuard.Call call = guard.enter("headAlone")) {
            headAlone = on;
            if (adapters.isPresent()) {
                own.close();
            }
        }
    }

    /**
     * Limits {@link #trainable} to some parameters; the others keep their values. Call it between trainings.
     *
     * @param some parameters of the adapters and the objective, none twice; empty for all
     */
    public void trainOnly(Optional<List<Parameter>> some) {
        chosen = some.map(List::copyOf);
    }

    /**
     * Sets the factory that opens the passes through the frozen weights, so that they can be computed outside this
     * process. The factory may also compute losses over a vocabulary; heads and other losses stay here. Setting the
     * same factory again changes nothing; another one frees the memory of the passes before. Call it between steps.
     *
     * @param factory opens the passes; kept
     * @throws IllegalArgumentException if the factory cannot compute the model or its adapters; nothing is changed then
     * @throws IllegalStateException if the factory has too little memory for them; nothing is changed then
     */
    public void openPassesBy(PassFactory factory) {
        try (ThreadGuard.Call call = guard.enter("openPassesBy")) {
            if (!passes.areOpenedBy(factory)) {
                passes.require(factory);
                run.openVocabularyBy(factory);
                passes.openBy(factory);
            }
        }
    }

    /** Computes everything in this process again, as before {@link #openPassesBy}. Call it between steps. */
    public void openPassesHere() {
        openPassesBy(passes.here());
    }

    /**
     * Sets the number of sequences that a step computes at once, so that its memory does not grow with the batch; the default is
     * the whole batch. Gradients are the same up to rounding. A loss of embeddings depends on the whole batch and
     * therefore needs the gradient cache (Gao et al., arXiv 2101.06983): each chunk is computed forward, then again
     * forward and backward with the gradient of the whole batch's loss, which costs nearly one more forward pass.
     *
     * @param sequences the largest chunk, at least 1; 0 for a whole batch
     * @throws IllegalArgumentException if it is negative
     */
    public void chunkSize(int sequences) {
        Require.argument(sequences >= 0, "chunk size is %d, expected >= 1, or 0 for whole batches", sequences);
        chunkSize = sequences;
    }

    /** Begins a step whose batch comes in parts: sets the gradients to zero. */
    public void beginStep() {
        try (ThreadGuard.Call call = guard.enter("beginStep")) {
            passes.beginStep();
            adapters.ifPresent(set -> {
                if (passes.readsDense()) {
                    set.materialize();
                }
                set.zeroGradients();
            });
            objective.trainable().forEach(block -> backend.clear(block.gradient()));
        }
    }

    /**
     * Adds a part of a step's batch.
     *
     * @param sequences the part, at least one
     * @param targets as {@link #lossAndGradients} takes them
     * @param total {@link Objective#weight} of the whole batch
     * @return the part's share of the mean loss
     */
    public double addGradients(List<? extends ModelInput> sequences, List<Target> targets, double total) {
        try (ThreadGuard.Call call = guard.enter("addGradients");
                TransformerWeights.Use use = model.use();
                Backend.Pass scope = backend.openPass()) {
            Objective.Batch batch = new Objective.Batch(sequences, targets);
            return adapters.isPresent() && !headAlone
                    ? gradients.add(batch, total, chunkSize)
                    : run.loss(batch, features(sequences), total, false).loss();
        }
    }

    /**
     * Computes the outputs of a part of a step's batch like {@link #addGradients}, with dropout, for a loss that is computed
     * elsewhere. The same part of another step with the same number then has the same outputs.
     *
     * @param sequences the part, at least one
     * @return one row per sequence, as {@link #predict} returns them
     */
    public double[][] outputsOfStep(List<? extends ModelInput> sequences) {
        try (ThreadGuard.Call call = guard.enter("outputsOfStep");
                TransformerWeights.Use use = model.use();
                Backend.Pass scope = backend.openPass()) {
            return gradients.outputs(sequences);
        }
    }

    /** Skips sequences that are computed elsewhere, so that dropout of later ones is the same as if all were computed here. */
    public void skip(int sequences) {
        Require.argument(sequences >= 0, "skip: %d sequences, expected >= 0", sequences);
        passes.dropout().begin(sequences);
        passes.dropout().end();
    }

    /** Ends a step: the gradients of {@link #trainable()} are complete. */
    public void endStep() {
        try (ThreadGuard.Call call = guard.enter("endStep")) {
            adapters.filter(set -> passes.readsDense()).ifPresent(AdapterSet::collectGradients);
            passes.endStep();
        }
    }

    private INDArray features(List<? extends ModelInput> sequences) {
        adapters.filter(set -> passes.readsDense()).ifPresent(AdapterSet::materialize);
        Rows rows = objective.rows();
        return (adapters.isEmpty() || headAlone) && (rows == Rows.FIRST || rows == Rows.LAST || rows.isAveraged())
                ? kept.of(sequences, passes.inference()::forward)
                : passes.inference().forward(sequences);
    }

    /**
     * Frees the model's memory; a second call does nothing.
     *
     * @throws IllegalStateException if another thread is using the model; nothing is closed then
     */
    @Override
    public void close() {
        try (ThreadGuard.Call call = guard.enterOpenOrClosed("close")) {
            if (guard.isClosed()) {
                return;
            }
            guard.setClosed();
            run.close();
            passes.close();
            own.close();
        }
    }
}
