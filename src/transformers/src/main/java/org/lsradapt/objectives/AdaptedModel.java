package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.DroppedInputs;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A frozen model with adapters (or none) and an objective: outputs for sequences, and the gradients of a loss.
 *
 * <p>Without adapters nothing below a head changes, so the hidden state that a head reads of a sequence is computed
 * once and kept, up to a bound. For one thread at a time: a call that meets another thread's, or a closed model, throws an
 * {@link IllegalStateException} and changes nothing. Weights, adapters and head stay their owners' to close.
 */
public final class AdaptedModel implements AutoCloseable {
    private static final int KEPT_FEATURES = 50_000;

    private final DataType type;
    private final int width;
    /** Keeps the frozen weights from being freed during a call. */
    private final Supplier<TransformerWeights.Use> weights;

    private final Passes passes;
    /** How {@link #passes} are made, of this model or of one with other adapters. */
    private final Function<AdaptedModel, Passes> ways;

    private final AdapterSet adapters;
    private final Objective objective;
    private final Objective.Run run;
    private final Backend backend;
    private final Dropout dropout = new Dropout();
    private final DroppedInputs headDropout;
    private final IdentityHashMap<ModelInput, INDArray> kept = new IdentityHashMap<>();
    /** {@link InPlaceMerge#writes} when these were computed. */
    private long writes = InPlaceMerge.writes();

    private final ThreadGuard guard = new ThreadGuard(
            "the model",
            "the model is closed",
            "it is for one thread at a time: to predict from many threads, take MultiAdapterModel, or give each a model of"
                    + " its own");

    private boolean checkpointing;
    private int chunkSize;
    /** Opened by the first call that needs it, as is the other. */
    private Optional<FeaturePass> training = Optional.empty();

    private Optional<FeaturePass> inference = Optional.empty();

    /** Opens what computes features, for training or not. */
    @FunctionalInterface
    private interface Passes {
        FeaturePass open(boolean trains);
    }

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
        this(
                weights.model().width(),
                weights.dataType(),
                weights::use,
                adapters,
                objective,
                backend,
                model -> trains -> FeaturePass.of(model.pass(weights, trains), weights, objective.rows(), backend));
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
        this(
                towers.dimensions(),
                towers.dataType(),
                towers::use,
                Optional.of(adapters),
                objective,
                backend,
                model -> trains -> new TowersPass(towers, model.towerParts(trains), backend));
        List<String> layers =
                towers.linearLayers().stream().map(FrozenLinear::name).toList();
        for (LayerAdapter adapter : adapters.adapters()) {
            Require.argument(
                    layers.contains(adapter.name()),
                    "the adapters are not of this model: it has no layer '%s'; its layers are %s",
                    adapter.name(),
                    layers);
        }
    }

    private AdaptedModel(
            int width,
            DataType type,
            Supplier<TransformerWeights.Use> weights,
            Optional<AdapterSet> adapters,
            Objective objective,
            Backend backend,
            Function<AdaptedModel, Passes> passes) {
        this.width = width;
        this.type = type;
        this.weights = weights;
        ways = passes;
        this.passes = passes.apply(this);
        this.adapters = adapters.orElse(null);
        this.objective = objective;
        this.backend = backend;
        headDropout = new DroppedInputs(dropout, backend, type);
        Function<String, LayerUpdate> updates = adapters.map(
                        set -> (Function<String, LayerUpdate>) name -> headDropout.before(name, set.use(name, 0)))
                .orElse(name -> LayerUpdate.NONE);
        inference();
        run = objective.open(updates);
    }

    /**
     * The same frozen weights and objective with other adapters, or none.
     *
     * @param others adapters of the model's layers; kept; not empty for two towers
     * @return a new model, which the caller closes
     * @throws IllegalArgumentException if an adapter is of a layer that the model has not
     */
    public AdaptedModel with(Optional<AdapterSet> others) {
        return new AdaptedModel(width, type, weights, others, objective, backend, ways);
    }

    /** A pass through one model. */
    private TransformerPass pass(TransformerWeights weights, boolean trains) {
        if (!trains) {
            return adapters == null
                    ? TransformerPass.inference(weights, backend)
                    : TransformerPass.inference(weights, adapters, backend);
        }
        return checkpointing
                ? TransformerPass.checkpointed(weights, adapters, dropout, backend)
                : TransformerPass.training(weights, adapters, dropout, backend);
    }

    private TowersPass.Parts towerParts(boolean trains) {
        return new TowersPass.Parts() {
            @Override
            public TransformerPass pass(TransformerWeights weights) {
                return trains
                        ? TransformerPass.towerTraining(weights, adapters, dropout, checkpointing, backend)
                        : TransformerPass.towerInference(weights, adapters, backend);
            }

            @Override
            public LayerUpdate update(String layer) {
                LayerUpdate update = adapters.use(layer, 0);
                return trains ? headDropout.before(layer, update) : update;
            }
        };
    }

    /** The adapters, if there are any. */
    public Optional<AdapterSet> adapters() {
        return Optional.ofNullable(adapters);
    }

    /** What it is trained for. */
    public Objective objective() {
        return objective;
    }

    /** Says that many calls follow each other, as for a training run; see {@link Backend#openPass}. */
    public Backend.Pass openPass() {
        return backend.openPass();
    }

    /**
     * What an optimizer trains, in at most two blocks: {@code adapters} and the objective's own, such as {@code head}.
     */
    public List<Parameter> trainable() {
        List<Parameter> blocks = new ArrayList<>();
        if (adapters != null) {
            blocks.add(new Parameter("adapters", adapters.values(), adapters.gradients()));
        }
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
                TransformerWeights.Use use = weights.get();
                Backend.Pass scope = backend.openPass()) {
            return run.outputs(sequences, features(sequences));
        }
    }

    /** Whether what a head reads of an input is kept, so that it need not be read again. */
    public boolean hasKept(ModelInput input) {
        return kept.containsKey(input);
    }

    /**
     * The mean loss of a batch; fills the gradients of {@link #trainable()}.
     *
     * @param sequences one batch, at least one
     * @param labels as {@link Objective#weight} takes them
     * @return the mean loss
     * @throws IllegalArgumentException if their counts differ, or a label is no class index where one is wanted
     */
    public double lossAndGradients(List<? extends ModelInput> sequences, double[] labels) {
        try (ThreadGuard.Call call = guard.enter("lossAndGradients")) {
            double total = objective.weight(sequences, labels);
            beginStep();
            double loss = addGradients(sequences, labels, total);
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
        dropout.set(rate, seed, steps);
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
            if (checkpointing != on) {
                checkpointing = on;
                closeTraining();
            }
        }
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

    private void closeTraining() {
        training.ifPresent(FeaturePass::close);
        training = Optional.empty();
    }

    private void closeInference() {
        inference.ifPresent(FeaturePass::close);
        inference = Optional.empty();
    }

    private FeaturePass training() {
        if (checkpointing) {
            closeInference();
        }
        if (training.isEmpty()) {
            training = Optional.of(passes.open(true));
        }
        return training.get();
    }

    private FeaturePass inference() {
        if (checkpointing) {
            closeTraining();
        }
        if (inference.isEmpty()) {
            inference = Optional.of(passes.open(false));
        }
        return inference.get();
    }

    /** Begins a step whose batch comes in parts: sets gradients to zero. */
    public void beginStep() {
        try (ThreadGuard.Call call = guard.enter("beginStep")) {
            dropout.nextStep();
            if (adapters != null) {
                adapters.materialize();
                adapters.zeroGradients();
            }
            objective.trainable().forEach(block -> backend.clear(block.gradient()));
        }
    }

    /**
     * Adds a part of a step's batch.
     *
     * @param sequences the part, at least one
     * @param labels as of {@link #lossAndGradients}
     * @param total {@link Objective#weight} of the whole batch
     * @return the part's share of the mean loss
     */
    public double addGradients(List<? extends ModelInput> sequences, double[] labels, double total) {
        try (ThreadGuard.Call call = guard.enter("addGradients");
                TransformerWeights.Use use = weights.get();
                Backend.Pass scope = backend.openPass()) {
            if (adapters == null) {
                return run.loss(sequences, labels, features(sequences), total, false)
                        .loss();
            }
            return adaptedLoss(sequences, labels, total);
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
        dropout.begin(sequences);
        dropout.end();
    }

    private double adaptedLoss(List<? extends ModelInput> sequences, double[] labels, double total) {
        try {
            if (chunkSize == 0 || sequences.size() <= chunkSize) {
                return addWhole(sequences, labels, total);
            }
            return run instanceof EmbeddingRun embeddings
                    ? addCached(embeddings, sequences, labels, total)
                    : addChunks(sequences, labels, total);
        } finally {
            dropout.end();
        }
    }

    private double addWhole(List<? extends ModelInput> sequences, double[] labels, double total) {
        dropout.begin(sequences.size());
        headDropout.useFirst(sequences.size());
        FeaturePass pass = training();
        Objective.Part part = run.loss(sequences, labels, pass.forward(sequences), total, true);
        pass.backward(part.gradient());
        return part.loss();
    }

    private double addChunks(List<? extends ModelInput> sequences, double[] labels, double total) {
        double loss = 0;
        for (int from = 0; from < sequences.size(); from += chunkSize) {
            List<? extends ModelInput> chunk = chunk(sequences, from / chunkSize);
            loss += addWhole(chunk, Arrays.copyOfRange(labels, from, from + chunk.size()), total);
        }
        return loss;
    }

    /** The gradient cache; see {@link #chunkSize}. */
    private double addCached(
            EmbeddingRun embeddings, List<? extends ModelInput> sequences, double[] labels, double total) {
        FeaturePass pass = training();
        int chunks = (sequences.size() + chunkSize - 1) / chunkSize;
        int[] places = new int[chunks];
        embeddings.begin(sequences.size());
        for (int i = 0; i < chunks; i++) {
            List<? extends ModelInput> chunk = chunk(sequences, i);
            places[i] = dropout.begin(chunk.size());
            embeddings.hold(i * chunkSize, chunk, pass.forward(chunk));
        }
        double loss = embeddings.loss(sequences, labels, total);
        for (int i = chunks - 1; i >= 0; i--) {
            List<? extends ModelInput> chunk = chunk(sequences, i);
            // What the last chunk left for the backward pass is still there.
            if (i < chunks - 1) {
                dropout.beginAgain(places[i]);
                pass.forward(chunk);
            }
            pass.backward(embeddings.gradient(i * chunkSize, chunk));
        }
        return loss;
    }

    private List<? extends ModelInput> chunk(List<? extends ModelInput> sequences, int index) {
        int from = index * chunkSize;
        return sequences.subList(from, Math.min(sequences.size(), from + chunkSize));
    }

    /** Ends a step: the gradients of {@link #trainable()} are complete. */
    public void endStep() {
        try (ThreadGuard.Call call = guard.enter("endStep")) {
            if (adapters != null) {
                adapters.collectGradients();
            }
        }
    }

    private INDArray features(List<? extends ModelInput> sequences) {
        Rows rows = objective.rows();
        if (adapters != null) {
            adapters.materialize();
        }
        return adapters == null && (rows == Rows.FIRST || rows == Rows.LAST || rows == Rows.PATCHES)
                ? keptFeatures(sequences)
                : inference().forward(sequences);
    }

    /** The hidden state that a head reads of each sequence, [n, width], new; from what is kept where possible. */
    private INDArray keptFeatures(List<? extends ModelInput> sequences) {
        if (writes != InPlaceMerge.writes()) {
            forget();
            writes = InPlaceMerge.writes();
        }
        List<? extends ModelInput> missing =
                sequences.stream().filter(s -> !kept.containsKey(s)).toList();
        INDArray computed = missing.isEmpty() ? null : inference().forward(missing);
        IdentityHashMap<ModelInput, INDArray> fresh = new IdentityHashMap<>();
        for (int i = 0; i < missing.size(); i++) {
            INDArray row = computed.getRow(i).dup();
            fresh.put(missing.get(i), row);
            if (kept.size() < KEPT_FEATURES) {
                kept.put(missing.get(i), row);
            }
        }
        INDArray features = Nd4j.createUninitialized(type, new long[] {sequences.size(), width}, 'c');
        for (int i = 0; i < sequences.size(); i++) {
            INDArray row = kept.get(sequences.get(i));
            features.putRow(i, row != null ? row : fresh.get(sequences.get(i)));
        }
        return features;
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
            headDropout.close();
            closeInference();
            closeTraining();
            forget();
        }
    }

    private void forget() {
        kept.values().forEach(INDArray::close);
        kept.clear();
    }
}
