package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A frozen model with adapters (or none) and an objective: outputs for sequences, and the gradients of a loss.
 *
 * <p>Without adapters nothing below a head changes, so the hidden state that a head reads of a sequence is computed
 * once and kept, up to a bound. For one thread at a time: a call that meets another thread's, or a closed model, throws an
 * {@link IllegalStateException} and changes nothing. Weights, adapters and head stay their owners' to close.
 */
public final class AdaptedModel implements AutoCloseable {
    private final FrozenBase model;
    private final Optional<AdapterSet> adapters;
    private final Objective objective;
    private final Objective.Run run;
    private final Backend backend;
    private final AdaptedPasses passes;
    private final BatchGradients gradients;
    private final KeptFeatures kept;
    private int chunkSize;
    private boolean headAlone;

    private final ThreadGuard guard = new ThreadGuard(
            "the model",
            "the model is closed",
            "it is for one thread at a time: to predict from many threads, take MultiAdapterModel, or give each a model of"
                    + " its own");

    /**
     * A model with adapters.
     *
     * @param weights frozen weights; kept
     * @param adapters adapters of its layers; kept
     * @param objective what it is trained for; kept
     * @param backend the matrix products
     * @throws IllegalArgumentException if an adapter is of a layer that the model has not
     */
    public AdaptedModel(TransformerWeights weights, AdapterSet adapters, Objective objective, Backend backend) {
        this(weights, Optional.of(adapters), objective, backend);
    }

    /**
     * A model without adapters, of which the objective's own parameters are trained.
     *
     * @param weights frozen weights; kept
     * @param objective what it is trained for; kept
     * @param backend the matrix products
     */
    public AdaptedModel(TransformerWeights weights, Objective objective, Backend backend) {
        this(weights, Optional.empty(), objective, backend);
    }

    /** As the others. */
    public AdaptedModel(
            TransformerWeights weights, Optional<AdapterSet> adapters, Objective objective, Backend backend) {
        this(new FrozenBase.One(weights, objective.rows()), adapters, objective, backend);
    }

    /**
     * A model of two towers with adapters of layers of either or both.
     *
     * @param towers frozen weights; kept
     * @param adapters adapters of their layers; kept
     * @param objective what it is trained for; kept
     * @param backend the matrix products
     * @throws IllegalArgumentException if an adapter is of a layer that the towers have not
     */
    public AdaptedModel(DualTowers towers, AdapterSet adapters, EmbeddingObjective objective, Backend backend) {
        this(new FrozenBase.Two(towers), Optional.of(adapters), objective, backend);
    }

    private AdaptedModel(FrozenBase model, Optional<AdapterSet> adapters, Objective objective, Backend backend) {
        this.model = model;
        this.adapters = adapters;
        this.objective = objective;
        this.backend = backend;
        adapters.ifPresent(set -> TransformerPass.requireLayers(model.linearLayers(), set));
        kept = new KeptFeatures(model.dataType(), model.width());
        passes = new AdaptedPasses(model, adapters, backend);
        passes.inference();
        run = objective.open(layer -> passes.update(layer, true));
        gradients = new BatchGradients(passes, run);
    }

    /**
     * The same frozen weights and objective with other adapters, or none.
     *
     * @param others adapters of the model's layers; kept; not empty for two towers
     * @return a new model, which the caller closes
     * @throws IllegalArgumentException if an adapter is of a layer that the model has not
     */
    public AdaptedModel with(Optional<AdapterSet> others) {
        return new AdaptedModel(model, others, objective, backend);
    }

    /** The adapters, if there are any. */
    public Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** The objective. */
    public Objective objective() {
        return objective;
    }

    /** Says that many calls follow each other, as for a training run; see {@link Backend#openPass}. */
    public Backend.Pass openPass() {
        return backend.openPass();
    }

    /**
     * The trainable parameters, in at most two blocks: {@code adapters} and the objective's own, such as {@code head}.
     */
    public List<Parameter> trainable() {
        List<Parameter> blocks = new ArrayList<>();
        adapters.ifPresent(set -> blocks.add(new Parameter("adapters", set.values(), set.gradients())));
        blocks.addAll(objective.trainable());
        return blocks;
    }

    /**
     * The objective's outputs with the parameters as they are now: class scores, the regression value, the sum of
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

    /** Whether what a head reads of an input is kept, so that it need not be read again. */
    public boolean hasKept(ModelInput input) {
        return kept.has(input);
    }

    /**
     * The mean loss of a batch; fills the gradients of {@link #trainable()}.
     *
     * @param sequences one batch, at least one
     * @param targets as {@link Objective#weight} takes them
     * @return the mean loss
     * @throws IllegalArgumentException if their counts differ, or a target is not what the objective takes
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
     * Sets dropout of the adapters' input from the next step on, off at first. It never affects {@link #predict}, nor
     * a model without adapters. Steps count from this call: the same calls after it give the same numbers again.
     *
     * @param rate the probability with which an element is dropped, 0 ≤ rate &lt; 1; 0 for no dropout
     * @param seed seed of the masks
     * @throws IllegalArgumentException if the rate is another
     */
    public void dropout(double rate, long seed) {
        dropout(rate, seed, 0);
    }

    /**
     * As {@link #dropout(double, long)} for a training that goes on.
     *
     * @param rate the probability with which an element is dropped, 0 ≤ rate &lt; 1
     * @param seed seed of the masks
     * @param steps how many steps were taken with them before
     * @throws IllegalArgumentException if the rate is another
     */
    public void dropout(double rate, long seed, long steps) {
        passes.dropout().set(rate, seed, steps);
    }

    /** The rate of dropout in the next step; 0 while {@link #headAlone} is on. */
    public double dropout() {
        return headAlone ? 0 : passes.dropout().rate();
    }

    /**
     * Sets whether a step saves memory by checkpointing, off at first: its forward pass keeps each layer's input alone,
     * and the backward pass computes the layer again, which costs nearly one forward pass more. Losses and gradients
     * are the same to the bit. While it is on, {@link #predict} frees the memory of steps before it and a step that of
     * predictions, so that they never add up. A change frees the memory of earlier steps; call it between steps.
     *
     * @param on whether to
     */
    public void checkpointing(boolean on) {
        try (ThreadGuard.Call call = guard.enter("checkpointing")) {
            passes.checkpointing(on);
        }
    }

    /**
     * Sets whether steps compute the gradients of the objective's own parameters alone, off at first. Adapters must keep their values
     * while it is on: the hidden states that a head reads are computed once per input and kept, as in a model without adapters.
     *
     * @param on whether to
     */
    public void headAlone(boolean on) {
        try (ThreadGuard.Call call = guard.enter("headAlone")) {
            headAlone = on;
            if (adapters.isPresent()) {
                kept.close();
            }
        }
    }

    /**
     * Sets who opens the passes through the frozen weights, so that they are computed elsewhere than in this process, and losses over a
     * vocabulary if it computes them; heads and other losses stay here. The same factory again changes nothing; another one frees
     * the memory of the passes before. Call it between steps.
     *
     * @param factory opens them; kept
     * @throws IllegalArgumentException if it cannot compute the model or its adapters; nothing is changed then
     * @throws IllegalStateException if it has too little memory for them; nothing is changed then
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
     * Sets how many sequences a step computes at once, so that its memory does not grow with the batch; by default the
     * whole batch. Gradients are the same up to rounding. An embeddings' loss, which is of the whole batch, needs the
     * gradient cache for that (Gao et al., arXiv 2101.06983): chunks are computed forward, then again forward and
     * backward with the gradient of the whole batch's loss, which costs nearly one forward pass more.
     *
     * @param sequences the most of them, at least 1; 0 for a whole batch
     * @throws IllegalArgumentException if it is less
     */
    public void chunkSize(int sequences) {
        Require.argument(sequences >= 0, "chunk size is %d, expected >= 1, or 0 for whole batches", sequences);
        chunkSize = sequences;
    }

    /** Begins a step whose batch comes in parts: sets gradients to zero. */
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
     * @param targets as of {@link #lossAndGradients}
     * @param total {@link Objective#weight} of the whole batch
     * @return the part's share of the mean loss
     */
    public double addGradients(List<? extends ModelInput> sequences, List<Target> targets, double total) {
        try (ThreadGuard.Call call = guard.enter("addGradients");
                TransformerWeights.Use use = model.use();
                Backend.Pass scope = backend.openPass()) {
            return adapters.isPresent() && !headAlone
                    ? gradients.add(sequences, targets, total, chunkSize)
                    : run.loss(sequences, targets, features(sequences), total, false)
                            .loss();
        }
    }

    /**
     * Passes over sequences of a step that are computed elsewhere, so that dropout gives those behind them the numbers that it
     * would if all were computed here.
     *
     * @param sequences how many, at least 0
     */
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
     * Frees its memory; a second call does nothing.
     *
     * @throws IllegalStateException if another thread is using it; nothing is closed then
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
            kept.close();
        }
    }
}
