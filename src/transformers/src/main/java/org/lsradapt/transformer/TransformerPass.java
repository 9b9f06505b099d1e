package org.lsradapt.transformer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.SequenceUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.transformer.PassMemory.Pass;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Runs batches through a model, forward and, if opened for training, backward. It keeps its memory from batch to batch.
 * It reads the adapters' dense matrices without updating them: the caller calls {@link AdapterSet#materialize} after
 * their parameters change.
 *
 * <p>Sequences do not see each other, so a batch is divided among the threads of the backend: each takes whole
 * sequences through all layers, and threads meet twice in a step. If sequences do not divide evenly, one share takes
 * the batch and threads divide each operation instead; see {@link BatchSplit}.
 *
 * <p>For one thread at a time: a call throws an {@link IllegalStateException} and changes nothing if another thread's
 * call is in progress or the pass is closed. The owners of weights and adapters close them.
 */
public final class TransformerPass implements ModelPass, InferencePass {
    private final TransformerWeights weights;
    private final Backend backend;
    private final Kernels kernels;
    private final boolean adapted;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<SequenceUpdates> laneUpdates = new ArrayList<>();
    private final List<DroppedInputs> laneDropouts = new ArrayList<>();
    private final Buffer joined;
    private final ThreadGuard guard = new ThreadGuard(
            "the pass", "the pass is closed", "it is for one thread at a time: give each thread one of its own");
    private BatchSplit split;

    /** Opens passes in this process. */
    record Here(Backend backend) implements PassFactory {
        @Override
        public ModelPass open(TransformerWeights weights, Optional<AdapterSet> adapters, Optional<Training> training) {
            if (training.isPresent()) {
                Training how = training.get();
                return TransformerPass.training(
                        weights, adapters.orElseThrow(), how.dropout(), how.checkpointed(), backend);
            }
            return adapters.isPresent()
                    ? TransformerPass.towerInference(weights, adapters.get(), backend)
                    : TransformerPass.inference(weights, backend);
        }
    }

    /** The adapters of a model's layers. */
    interface Adapters {
        boolean adapts(String layer);

        /** Returns a new use of a layer by its adapter, which the pass closes; {@link LayerUpdate#NONE} without one. */
        LayerUpdate use(String layer, int lane);

        static Adapters of(AdapterSet set) {
            return new Adapters() {
                @Override
                public boolean adapts(String layer) {
                    return set.find(layer).isPresent();
                }

                @Override
                public LayerUpdate use(String layer, int lane) {
                    return set.use(layer, lane);
                }
            };
        }
    }

    /** Opens a pass; without adapters, each call may bring updates. */
    TransformerPass(
            TransformerWeights weights,
            Optional<Adapters> adapters,
            Optional<Dropout> dropout,
            Pass kind,
            Arithmetic arithmetic) {
        this.weights = weights;
        backend = arithmetic.backend();
        kernels = arithmetic.kernels();
        adapted = adapters.isPresent();
        Transformer model = weights.model();
        int lowest = adapters.map(present -> lowestAdapted(model, present))
                .orElse(model.blocks().size());
        joined = arithmetic.memory().buffer(weights.dataType(), model.width());
        try (TransformerWeights.Use use = weights.use()) {
            for (int i = 0; i < backend.lanes(); i++) {
                int lane = i;
                SequenceUpdates updates = new SequenceUpdates(backend, weights.dataType());
                laneUpdates.add(updates);
                dropout.ifPresent(d -> laneDropouts.add(new DroppedInputs(d, arithmetic, weights.dataType())));
                lanes.add(new Lane(
                        weights,
                        adapted ? name -> update(adapters.get(), name, lane) : updates::of,
                        lowest,
                        arithmetic,
                        kind));
            }
        }
    }

    private LayerUpdate update(Adapters adapters, String layer, int lane) {
        LayerUpdate update = adapters.use(layer, lane);
        return laneDropouts.isEmpty() ? update : laneDropouts.get(lane).before(layer, update);
    }

    /** Opens a pass without adapters through a model, kept, which the caller closes; each call may bring updates. */
    public static TransformerPass inference(TransformerWeights weights, Backend backend) {
        return inference(weights, Arithmetic.of(backend, weights.dataType()));
    }

    /**
     * Opens a pass with adapters that computes no gradients.
     *
     * @param weights the model; kept
     * @param adapters adapters of its linear layers; kept
     * @return the pass, which the caller closes
     * @throws IllegalArgumentException if the model does not have a layer that an adapter names
     */
    public static TransformerPass inference(TransformerWeights weights, AdapterSet adapters, Backend backend) {
        requireLayers(weights.linearLayers(), adapters);
        return towerInference(weights, adapters, backend);
    }

    /**
     * Opens a pass like {@link #inference(TransformerWeights, AdapterSet, Backend)}, for one of several models that
     * share a set of adapters. Adapters of layers that this model does not have are ignored.
     */
    public static TransformerPass towerInference(TransformerWeights weights, AdapterSet adapters, Backend backend) {
        return new TransformerPass(
                weights,
                Optional.of(Adapters.of(adapters)),
                Optional.empty(),
                Pass.INFERENCE,
                Arithmetic.of(backend, weights.dataType()));
    }

    /**
     * Opens a pass that collects the adapters' gradients. Several models may share a set of adapters: adapters of
     * layers that this model does not have are ignored.
     *
     * <p>Checkpointing takes less memory: the forward pass keeps only each layer's input, and the backward pass
     * computes a layer again before it goes back through it. That costs nearly one more forward pass. Gradients are
     * bit-identical, provided that dropout is still that of the forward pass, before its {@link Dropout#end}.
     *
     * @param weights the model; kept
     * @param adapters adapters of linear layers; kept
     * @param dropout dropout of the adapters' input; kept
     * @return the pass, which the caller closes
     */
    public static TransformerPass training(
            TransformerWeights weights, AdapterSet adapters, Dropout dropout, boolean checkpointed, Backend backend) {
        return new TransformerPass(
                weights,
                Optional.of(Adapters.of(adapters)),
                Optional.of(dropout),
                checkpointed ? Pass.CHECKPOINTED : Pass.TRAINING,
                Arithmetic.of(backend, weights.dataType()));
    }

    /** Opens a pass without adapters that computes in a given way. */
    static TransformerPass inference(TransformerWeights weights, Arithmetic arithmetic) {
        return new TransformerPass(weights, Optional.empty(), Optional.empty(), Pass.INFERENCE, arithmetic);
    }

    /** Checks that a model has the layers that adapters name, with the same shapes; an exception names another one. */
    public static void requireLayers(List<FrozenLinear> layers, AdapterSet adapters) {
        for (LayerAdapter adapter : adapters.adapters()) {
            FrozenLinear layer = layers.stream()
                    .filter(l -> l.name().equals(adapter.name()))
                    .findFirst()
                    .orElse(null);
            Require.argument(
                    layer != null,
                    "the adapters are not of this model: it has no layer '%s'; its layers are %s",
                    adapter.name(),
                    layers.stream().map(FrozenLinear::name).toList());
            Require.argument(
                    layer.inFeatures() == adapter.layer().inFeatures()
                            && layer.outFeatures() == adapter.layer().outFeatures(),
                    "the adapters are not of this model: layer '%s' is adapted as [%d, %d], the model's is [%d, %d]",
                    adapter.name(),
                    adapter.layer().inFeatures(),
                    adapter.layer().outFeatures(),
                    layer.inFeatures(),
                    layer.outFeatures());
        }
    }

    private static int lowestAdapted(Transformer model, Adapters adapters) {
        for (int i = 0; i < model.blocks().size(); i++) {
            if (model.linears(i).stream().anyMatch(linear -> adapters.adapts(linear.name()))) {
                return i;
            }
        }
        return model.blocks().size();
    }

    @Override
    public INDArray forward(TokenBatch batch) {
        return forward(batch, Collections.nCopies(batch.size(), null));
    }

    /**
     * Computes hidden states like {@link #forward(TokenBatch)}, where each sequence has its own updates. A sequence's
     * result is bit-identical in this batch whatever updates the other sequences have: products with frozen weights are
     * computed for the whole batch in its order, and those with thin matrices separately for each sequence.
     *
     * @param batch the tokens and the wanted rows
     * @param updates the updates of the layers' products for each sequence; null for none
     * @return [wanted rows, width]; memory of this pass, valid until its next call
     * @throws IllegalArgumentException if the number of updates is not that of the sequences
     * @throws IllegalStateException if the pass was opened with adapters and is given updates, or updates are merged
     *     into the weights
     */
    @Override
    public INDArray forward(TokenBatch batch, List<@Nullable DenseUpdates> updates) {
        Require.argument(
                updates.size() == batch.size(), "pass: %d sequences and updates for %d", batch.size(), updates.size());
        if (adapted && updates.stream().anyMatch(Objects::nonNull)) {
            throw new IllegalStateException("pass: it was planned with adapters, expected none");
        }
        updates.stream().filter(Objects::nonNull).distinct().forEach(DenseUpdates::requireUnmerged);
        try (ThreadGuard.Call call = guard.enter("forward");
                TransformerWeights.Use use = weights.use();
                Backend.Pass scope = backend.openPass()) {
            split = BatchSplit.of(batch, weights.model().width(), lanes.size());
            for (int lane = 0; lane < laneDropouts.size() && lane < split.size(); lane++) {
                laneDropouts.get(lane).use(split.sequences(lane));
            }
            if (split.size() == 1) {
                laneUpdates.get(0).use(updates);
                return lanes.get(0).forward(batch, List.of());
            }
            INDArray out = joined.rows(batch.wantedRows().length);
            inParallel(lane -> {
                List<@Nullable DenseUpdates> own = IntStream.of(split.sequences(lane))
                        .mapToObj(updates::get)
                        .collect(Collectors.toList());
                laneUpdates.get(lane).use(own);
                kernels.scatterRows(lanes.get(lane).forward(split.batch(lane), List.of()), split.wanted(lane), out);
            });
            return out;
        }
    }

    /**
     * Computes the next tokens of one sequence; the keys and values of its earlier tokens are in a cache.
     *
     * @param ids the next tokens, at least one; not modified
     * @param cache a cache for this model; the tokens' keys and values are added
     * @param updates updates of the layers' products; empty for none
     * @return the last token's hidden state [1, width]; memory of this pass, valid until its next call
     * @throws IllegalArgumentException if an id is out of range, or the cache has no room for the tokens
     * @throws IllegalStateException if the pass was opened with adapters and is given updates, or updates are merged
     *     into the weights
     */
    public INDArray forward(int[] ids, KeyValueCache cache, Optional<DenseUpdates> updates) {
        return forward(List.of(new Next(ids, cache, updates, cache.tokens() + ids.length)));
    }

    /**
     * The next tokens of one of several sequences.
     *
     * @param length number of tokens that are known, with any that follow these
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Next(int[] ids, KeyValueCache cache, Optional<DenseUpdates> updates, int length) {}

    /** Computes the next tokens of several sequences; returns the last token's hidden state of each. */
    INDArray forward(List<Next> sequences) {
        sequences.forEach(this::requireFit);
        TokenBatch batch = TokenBatch.next(
                sequences.stream()
                        .map(next -> new TokenBatch.Next(next.ids, next.cache.tokens(), next.length))
                        .toList(),
                weights.model());
        List<KeyValueCache> caches = sequences.stream().map(Next::cache).toList();
        List<@Nullable DenseUpdates> updates = new ArrayList<>();
        sequences.forEach(next -> updates.add(next.updates.orElse(null)));
        try (ThreadGuard.Call call = guard.enter("forward");
                TransformerWeights.Use use = weights.use();
                Backend.Pass scope = backend.openPass()) {
            laneUpdates.get(0).use(updates);
            INDArray out = lanes.get(0).forward(batch, caches);
            sequences.forEach(next -> next.cache.advance(next.ids.length));
            return out;
        }
    }

    private void requireFit(Next next) {
        if (adapted && next.updates.isPresent()) {
            throw new IllegalStateException("pass: it was planned with adapters, expected none");
        }
        next.updates.ifPresent(DenseUpdates::requireUnmerged);
        Require.argument(
                next.cache.tokens() + next.ids.length <= next.cache.capacity(),
                "pass: %d tokens after %d, the cache has room for %d",
                next.ids.length,
                next.cache.tokens(),
                next.cache.capacity());
    }

    @Override
    public void backward(TokenBatch batch, INDArray gradient) {
        try (ThreadGuard.Call call = guard.enter("backward");
                TransformerWeights.Use use = weights.use();
                Backend.Pass scope = backend.openPass()) {
            if (split.size() == 1) {
                lanes.get(0).backward(batch, gradient);
                return;
            }
            inParallel(lane -> {
                int[] rows = split.wanted(lane);
                INDArray own = lanes.get(lane).gradient(rows.length);
                kernels.gatherRows(gradient, rows, own);
                lanes.get(lane).backward(split.batch(lane), own);
            });
        }
    }

    private void inParallel(IntConsumer body) {
        Parallel.run(split.size(), body);
    }

    @Override
    public void close() {
        try (ThreadGuard.Call call = guard.enterOpenOrClosed("close")) {
            guard.setClosed();
            lanes.forEach(Lane::close);
            laneUpdates.forEach(SequenceUpdates::close);
            laneDropouts.forEach(DroppedInputs::close);
            joined.close();
        }
    }
}
