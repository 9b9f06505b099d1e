package org.lsradapt.serving;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lsradapt.adapters.AdapterParts;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.FlightEvents;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.language.NonFiniteOutputException;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One base model and any number of adapters with their heads, by name. Each call, and each sequence of a call, chooses
 * its adapter, or {@link #BASE} for none. Adapters may differ in ranks, in the layers they adapt and in the number of
 * outputs.
 *
 * <p>Two properties hold to the bit, for one batch of sequences in one order: a sequence's result depends on its own
 * adapter only, not on the adapters of the other sequences; and with {@link #BASE} it equals the result of the model
 * without adapters.
 *
 * <p>Safe for many threads: a call uses the adapters that existed when it began, while other threads add, replace or
 * remove some. The native memory of a removed adapter is freed when the last call that uses it ends. As many calls run
 * at once as there are cores; further calls wait. A method that throws has changed nothing. After {@link #close}, all
 * methods that compute or change something throw {@link IllegalStateException}.
 */
public final class MultiAdapterModel implements AutoCloseable {

    /** The name that stands for no adapter. */
    public static final String BASE = "base";

    private final TransformerWeights weights;
    private final Backend backend;
    /** Replaced as a whole, under this object's lock. */
    private volatile PassPool passes;

    private final Optional<SourcedAdapters> sourced;
    /** Replaced as a whole, under this object's lock; never modified. */
    private volatile Map<String, ServedAdapter> served = Map.of();

    private volatile boolean closed;

    /** Makes a model without adapters; the weights are kept, and not to be closed before this model. */
    public MultiAdapterModel(TransformerWeights weights, Backend backend) {
        this(weights, backend, Runtime.getRuntime().availableProcessors());
    }

    MultiAdapterModel(TransformerWeights weights, Backend backend, int calls) {
        this(weights, backend, Optional.empty(), calls);
    }

    /**
     * Makes a model that takes from a source the adapters that were not added to it. Each adapter is read on its first
     * use, and again when the source has another one under its name. The source may have more adapters than fit into
     * memory.
     *
     * @param base the base model; kept, and not to be closed before this model
     * @param source the adapters; kept, and not to be closed before this model
     */
    public MultiAdapterModel(BaseModel base, Backend backend, ServedSource source) {
        this(
                base.weights(),
                backend,
                Optional.of(new SourcedAdapters(base, backend, source)),
                Runtime.getRuntime().availableProcessors());
    }

    private MultiAdapterModel(
            TransformerWeights weights, Backend backend, Optional<SourcedAdapters> sourced, int calls) {
        this.weights = weights;
        this.backend = backend;
        this.sourced = sourced;
        passes = new PassPool(weights, backend, PassFactory.here(backend), calls);
    }

    /**
     * Sets where layers are computed from the next call on; by default in this process. Heads are always computed in
     * this process. Outside of it, a sequence's result may depend in its last digits on the adapters of the other
     * sequences. Waits for running calls.
     *
     * @param where the place, such as a GPU; kept, and not to be closed before this model
     */
    public synchronized void passes(PassFactory where) {
        requireOpen();
        PassPool before = passes;
        passes = new PassPool(weights, backend, where, where.atOnce());
        before.close();
    }

    private PassPool.Lent lend() {
        while (true) {
            PassPool pool = passes;
            try {
                return pool.lend();
            } catch (IllegalStateException e) {
                if (pool == passes) {
                    throw e;
                }
            }
        }
    }

    /** The names of the added adapters, in the order of adding, without {@link #BASE} and a source's keys; a snapshot. */
    public List<String> names() {
        return List.copyOf(served.keySet());
    }

    /**
     * Adds an adapter with its head. Copies the current parameters of both.
     *
     * @param name a name that is not in use
     * @param adapters adapters of layers of this base model, not in use by another thread
     * @param head a head of this base model
     * @throws IllegalArgumentException if the name is in use, blank or {@link #BASE}, or type, a layer or the head does
     *     not fit the base model
     */
    public void add(String name, AdapterSet adapters, SequenceHead head) {
        add(name, Optional.of(adapters), Optional.of(head));
    }

    /**
     * Adds an adapter without a head, for {@link #features} and {@link #embed}; see
     * {@link #add(String, AdapterSet, SequenceHead)}.
     */
    public void add(String name, AdapterSet adapters) {
        add(name, Optional.of(adapters), Optional.empty());
    }

    /**
     * Adds an adapter like {@link #add(String, AdapterSet)}, for one of several models that share a set of adapters.
     * Layers that this model does not have belong to another one. The caller has to check that the layers fit.
     */
    public synchronized void addOfTower(String name, AdapterSet adapters) {
        requireOpen();
        requireUnused(name);
        Require.type("add adapter", name, adapters.values(), weights.dataType(), "the base model");
        publish(name, ServedAdapter.ofTower(adapters));
    }

    /** Adds a head on the base model, without adapters; see {@link #add(String, AdapterSet, SequenceHead)}. */
    public void add(String name, SequenceHead head) {
        add(name, Optional.empty(), Optional.of(head));
    }

    /**
     * Adds a saved adapter.
     *
     * @param name a name that is not in use
     * @param saved an adapter of this base model, as {@link SavedAdapter#requireBase} checks; copied, so the caller can close it
     * @throws IllegalArgumentException as for {@link #add(String, AdapterSet, SequenceHead)}
     */
    public void add(String name, SavedAdapter saved) {
        try (AdapterParts parts = saved.onBase(weights, backend)) {
            add(name, parts.adapters(), parts.head());
        }
    }

    /** Replaces an adapter and its head by saved ones; see {@link #add(String, SavedAdapter)}. */
    public void replace(String name, SavedAdapter saved) {
        try (AdapterParts parts = saved.onBase(weights, backend)) {
            replace(name, parts.adapters(), parts.head());
        }
    }

    private synchronized void add(String name, Optional<AdapterSet> adapters, Optional<SequenceHead> head) {
        requireOpen();
        requireUnused(name);
        publish(name, ServedAdapter.copy(name, adapters, head, weights));
    }

    /**
     * Replaces an adapter and its head. Each call uses either the old adapter or the new one.
     *
     * @throws IllegalArgumentException if the name is not in use, or the new adapter or head does not fit the base
     *     model
     */
    public void replace(String name, AdapterSet adapters, SequenceHead head) {
        replace(name, Optional.of(adapters), Optional.of(head));
    }

    /**
     * Replaces an adapter by one without a head, for features and embeddings only; see
     * {@link #replace(String, AdapterSet, SequenceHead)}.
     */
    public void replace(String name, AdapterSet adapters) {
        replace(name, Optional.of(adapters), Optional.empty());
    }

    /** Replaces an adapter by a head on the base model; see {@link #replace(String, AdapterSet, SequenceHead)}. */
    public void replace(String name, SequenceHead head) {
        replace(name, Optional.empty(), Optional.of(head));
    }

    private synchronized void replace(String name, Optional<AdapterSet> adapters, Optional<SequenceHead> head) {
        requireOpen();
        require(served, name);
        publish(name, ServedAdapter.copy(name, adapters, head, weights));
    }

    /**
     * Adds the exact weighted sum of adapters, ΔW = Σ_i w_i·ΔW_i in each layer; see {@link DenseUpdates#sum}. The sum
     * is independent of its parts, which may be replaced or removed.
     *
     * @param name a name that is not in use
     * @param weights adapters and their weights, finite, of any sign; at least one
     * @param headOf the adapter whose head the sum gets, one of the parts or another; heads of different tasks cannot
     *     be summed
     * @throws IllegalArgumentException if a name is unknown, the new name is in use, a weight is not finite, or
     *     {@code headOf} has no head
     */
    public void combine(String name, Map<String, Double> weights, String headOf) {
        combine(name, weights, Optional.of(headOf));
    }

    /** Adds a weighted sum without a head, for features and embeddings only; see {@link #combine(String, Map, String)}. */
    public void combine(String name, Map<String, Double> weights) {
        combine(name, weights, Optional.empty());
    }

    private synchronized void combine(String name, Map<String, Double> parts, Optional<String> headOf) {
        requireOpen();
        requireUnused(name);
        Optional<SequenceHead> head = headOf.map(of -> requireHead("combine", of, require(served, of)));
        publish(name, ServedAdapter.withHead(sum(parts), head, weights));
    }

    /** Empty if no part adds anything to a layer. */
    private Optional<DenseUpdates> sum(Map<String, Double> weights) {
        Require.argument(!weights.isEmpty(), "combine: no adapters, expected at least one");
        List<DenseUpdates> updates = new ArrayList<>();
        List<Double> factors = new ArrayList<>();
        // In the order of the names, so that the bits of the sum do not depend on the kind of map.
        for (Map.Entry<String, Double> weight : new TreeMap<>(weights).entrySet()) {
            double factor = weight.getValue();
            Require.argument(
                    Double.isFinite(factor),
                    "combine: weight %s of adapter '%s', expected a finite number",
                    factor,
                    weight.getKey());
            require(served, weight.getKey()).updates().ifPresent(part -> {
                updates.add(part);
                factors.add(factor);
            });
        }
        return updates.isEmpty()
                ? Optional.empty()
                : Optional.of(DenseUpdates.sum(
                        updates,
                        factors.stream().mapToDouble(Double::doubleValue).toArray()));
    }

    /** Removes an adapter. Running calls that use it finish. */
    public synchronized void remove(String name) {
        requireOpen();
        ServedAdapter removed = require(served, name);
        Map<String, ServedAdapter> next = new LinkedHashMap<>(served);
        next.remove(name);
        served = Collections.unmodifiableMap(next);
        removed.release();
    }

    /**
     * Computes class scores (logits) or regression values with one adapter.
     *
     * @param sequences one batch, at least one
     * @param name an adapter with a head
     * @return one row per sequence
     * @throws IllegalArgumentException if the name is unknown or its adapter has no head, or a sequence is out of range
     * @throws NonFiniteOutputException if a number is NaN or infinite
     */
    public double[][] predict(List<? extends ModelInput> sequences, String name) {
        return predict(sequences, Collections.nCopies(sequences.size(), name));
    }

    /**
     * Computes outputs like {@link #predict(List, String)}, with one adapter per sequence.
     *
     * @param sequences one batch, at least one
     * @param names for each sequence an adapter with a head
     * @return for each sequence one value per output of its head; with heads that classify tokens, one value per token
     *     and output, token by token
     * @throws IllegalArgumentException as for {@link #predict(List, String)}, if the numbers of sequences and names differ,
     *     or if some heads classify tokens and others do not
     * @throws NonFiniteOutputException if a number is NaN or infinite
     */
    public double[][] predict(List<? extends ModelInput> sequences, List<String> names) {
        requireOpen();
        requireNames("predict", sequences, names);
        try (Lease lease = lease(names)) {
            List<SequenceHead> heads = new ArrayList<>();
            for (String name : names) {
                heads.add(requireHead("predict", name, lease.adapters.get(name)));
            }
            if (heads.stream().anyMatch(SequenceHead::readsEachToken)) {
                return predictTokens(sequences, names, lease, heads);
            }
            TokenBatch batch = batch("predict", sequences, names, headRows());
            try (Backend.Pass scope = backend.openPass();
                    PassPool.Lent lent = lend()) {
                List<@Nullable DenseUpdates> updates = lease.updates(names);
                return NonFiniteOutputException.require(
                        "predict",
                        lent.headPass.forward(features(lent, sequences, batch, lease, updates), heads, updates));
            }
        }
    }

    private double[][] predictTokens(
            List<? extends ModelInput> sequences, List<String> names, Lease lease, List<SequenceHead> heads) {
        Require.argument(
                heads.stream().allMatch(SequenceHead::readsEachToken),
                "predict: of %s some classify tokens and others whole texts, expected one of both in a call",
                names.stream().distinct().toList());
        TokenBatch batch = batch("predict", sequences, names, Rows.ALL);
        try (Backend.Pass scope = backend.openPass();
                PassPool.Lent lent = lend()) {
            INDArray hidden = forward(lent, batch, lease, lease.updates(names));
            return NonFiniteOutputException.require("predict", lent.headPass.forwardTokens(sequences, hidden, heads));
        }
    }

    /**
     * Computes the inputs of heads with one adapter: the hidden states of first or last tokens, or the mean of patches.
     *
     * @param sequences one batch, at least one
     * @param name an adapter, or {@link #BASE}
     * @return a new array [sequences, width]
     * @throws IllegalArgumentException if the name is unknown, or a sequence is out of range
     */
    public INDArray features(List<? extends ModelInput> sequences, String name) {
        return features(sequences, Collections.nCopies(sequences.size(), name));
    }

    /**
     * Computes the inputs of heads like {@link #features(List, String)}, with one adapter per sequence.
     *
     * @param sequences one batch, at least one
     * @param names for each sequence an adapter, or {@link #BASE}
     * @return a new array [sequences, width], where width is that of a head's input
     * @throws IllegalArgumentException as for {@link #features(List, String)}, or if the numbers of sequences and names
     *     differ
     */
    public INDArray features(List<? extends ModelInput> sequences, List<String> names) {
        TokenBatch batch = batch("features", sequences, names, headRows());
        try (Lease lease = lease(names);
                Backend.Pass scope = backend.openPass();
                PassPool.Lent lent = lend()) {
            return features(lent, sequences, batch, lease, lease.updates(names)).dup('c');
        }
    }

    /** Computes the inputs of heads, in memory of the passes. */
    private INDArray features(
            PassPool.Lent lent,
            List<? extends ModelInput> inputs,
            TokenBatch batch,
            Lease lease,
            List<@Nullable DenseUpdates> updates) {
        INDArray hidden = forward(lent, batch, lease, updates);
        return headRows().isAveraged() ? lent.meanPooling.forward(inputs, hidden) : hidden;
    }

    private static INDArray forward(
            PassPool.Lent lent, TokenBatch batch, Lease lease, List<@Nullable DenseUpdates> updates) {
        Optional<BatchEvent> event = FlightEvents.begin(BatchEvent::new);
        INDArray hidden = lent.pass.forward(batch, updates);
        event.ifPresent(began -> began.computed(batch, lease.adapters.size()));
        return hidden;
    }

    /**
     * Computes embeddings, with one adapter per text.
     *
     * @param sequences one batch, at least one
     * @param names for each sequence an adapter, or {@link #BASE}; heads are not read
     * @param pooling how the hidden states of a text's tokens become one vector
     * @param normalized whether each vector is divided by its Euclidean norm
     * @return a row of the model's width per sequence, new
     * @throws IllegalArgumentException if a name is unknown, a sequence is out of range, or the numbers of sequences
     *     and names differ
     * @throws NonFiniteOutputException if a number is NaN or infinite
     */
    public float[][] embed(
            List<? extends ModelInput> sequences, List<String> names, Pooling pooling, boolean normalized) {
        TokenBatch batch = batch("embed", sequences, names, pooling.rows());
        try (Lease lease = lease(names);
                Backend.Pass scope = backend.openPass();
                PassPool.Lent lent = lend()) {
            INDArray hidden = forward(lent, batch, lease, lease.updates(names));
            return NonFiniteOutputException.require(
                    "embed", lent.embeddingPass.forward(sequences, hidden, pooling, normalized));
        }
    }

    /**
     * Removes all adapters, waits for running calls, and frees the native memory. No call reads the base model's
     * weights after this returns.
     */
    @Override
    public synchronized void close() {
        closed = true;
        Map<String, ServedAdapter> last = served;
        served = Map.of();
        last.values().forEach(ServedAdapter::release);
        sourced.ifPresent(SourcedAdapters::close);
        passes.close();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the model with many adapters is closed");
        }
    }

    private Rows headRows() {
        return Rows.of(weights.model().head().row());
    }

    private TokenBatch batch(String operation, List<? extends ModelInput> sequences, List<String> names, Rows rows) {
        requireOpen();
        requireNames(operation, sequences, names);
        return TokenBatch.of(sequences, weights.model(), rows);
    }

    private static void requireNames(String operation, List<? extends ModelInput> sequences, List<String> names) {
        Require.argument(
                sequences.size() == names.size(),
                "%s: %d sequences and %d names of adapters",
                operation,
                sequences.size(),
                names.size());
    }

    /** The adapters of one call, not freed before the call ends. */
    private static final class Lease implements AutoCloseable {
        final Map<String, ServedAdapter> adapters = new HashMap<>();

        List<@Nullable DenseUpdates> updates(List<String> names) {
            List<@Nullable DenseUpdates> updates = new ArrayList<>();
            names.forEach(name -> updates.add(adapters.get(name).updates().orElse(null)));
            return updates;
        }

        @Override
        public void close() {
            adapters.values().forEach(ServedAdapter::release);
        }
    }

    /** Takes all adapters of a call from one snapshot; if one was removed and freed meanwhile, from the next one. */
    private Lease lease(List<String> names) {
        Set<String> distinct = new HashSet<>(names);
        while (true) {
            Map<String, ServedAdapter> snapshot = served;
            Lease lease = new Lease();
            try {
                for (String name : distinct) {
                    Optional<ServedAdapter> acquired = acquire(snapshot, name);
                    if (acquired.isEmpty()) {
                        break;
                    }
                    lease.adapters.put(name, acquired.get());
                }
            } catch (RuntimeException e) {
                lease.close();
                requireOpen();
                throw e;
            }
            if (lease.adapters.size() == distinct.size()) {
                return lease;
            }
            lease.close();
        }
    }

    /** Empty if it was freed after the snapshot was taken. */
    private Optional<ServedAdapter> acquire(Map<String, ServedAdapter> snapshot, String name) {
        if (sourced.isPresent() && name != null && !BASE.equals(name) && !snapshot.containsKey(name)) {
            Optional<ServedAdapter> found = sourced.get().acquire(name);
            Require.argument(
                    found.isPresent(),
                    "unknown adapter '%s', expected a key of %s%s",
                    name,
                    sourced.get().name(),
                    snapshot.isEmpty() ? "" : " or one of " + String.join(", ", snapshot.keySet()));
            return found;
        }
        ServedAdapter adapter = BASE.equals(name) ? ServedAdapter.BASE : require(snapshot, name);
        return adapter.acquire() ? Optional.of(adapter) : Optional.empty();
    }

    private static ServedAdapter require(Map<String, ServedAdapter> adapters, String name) {
        ServedAdapter adapter = name == null ? null : adapters.get(name);
        Require.argument(
                adapter != null,
                "unknown adapter '%s', expected one of %s",
                name,
                adapters.isEmpty() ? "none: there are no adapters" : String.join(", ", adapters.keySet()));
        return adapter;
    }

    private static SequenceHead requireHead(String operation, String name, ServedAdapter adapter) {
        return adapter.head()
                .orElseThrow(() -> new IllegalArgumentException(
                        operation + ": '" + name + "' has no head; features gives its hidden states"));
    }

    private void requireUnused(String name) {
        Require.argument(name != null && !name.isBlank(), "add adapter: the name is blank");
        Require.argument(!name.equals(BASE), "add adapter: the name '%s' stands for no adapter", BASE);
        Require.argument(
                !served.containsKey(name),
                "add adapter: '%s' is there already, beside %s; expected another name",
                name,
                String.join(", ", served.keySet()));
    }

    private void publish(String name, ServedAdapter adapter) {
        Map<String, ServedAdapter> next = new LinkedHashMap<>(served);
        ServedAdapter old = next.put(name, adapter);
        served = Collections.unmodifiableMap(next);
        if (old != null) {
            old.release();
        }
    }
}
