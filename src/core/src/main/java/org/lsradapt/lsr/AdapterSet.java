package org.lsradapt.lsr;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The adapters of one model. Each has its own configuration, and kinds may be mixed. All parameters lie in one vector
 * and all gradients in another; adapters of one kind and {@linkplain StackShape shape} are stacked, so that a step
 * materializes LSR adapters in one call per shape and side.
 *
 * <p>A step: {@link #materialize}, {@link #zeroGradients}, a {@linkplain #use use} of each layer forward and backward,
 * {@link #collectGradients}, then an optimizer on {@link #values} and {@link #gradients}. Threads that share a batch each collect into their own
 * {@link #denseGradients}.
 *
 * <p>For one thread at a time, its adapters included: a call made while another thread is inside one throws an
 * {@link IllegalStateException}. Only uses may run in several threads at once, each on its own arrays and with its own
 * lane's gradients. To serve from many threads, share
 * {@link DenseUpdates}; to train in many, give each thread its own set.
 *
 * <p>The set owns all memory of its adapters, and its creator closes it; later calls that compute or change something
 * throw an {@link IllegalStateException}. The layers' weights are kept and still belong to their owner.
 */
public final class AdapterSet implements AutoCloseable {
    private final Backend backend;
    private final Map<String, LayerAdapter> adapters;
    private final Collection<AdapterStack> stacks;
    private final ParameterStorage storage;
    private final List<DenseGradients> denseGradients;
    private final ThreadGuard guard;

    private AdapterSet(
            Backend backend,
            Map<String, LayerAdapter> adapters,
            Collection<AdapterStack> stacks,
            ParameterStorage storage,
            DenseGradients denseGradients,
            ThreadGuard guard) {
        this.backend = backend;
        this.adapters = adapters;
        this.stacks = stacks;
        this.storage = storage;
        this.denseGradients = new ArrayList<>(List.of(denseGradients));
        this.guard = guard;
    }

    /**
     * Adapts layers under one configuration. Each adapter's initialization depends on the configuration's seed and the
     * layer's name, not on which other layers are adapted.
     *
     * @param layers the layers to adapt, of one type, with distinct names; at least one
     * @param config kind and settings of the adapters, such as an {@link LsrConfig}
     * @return the set, initialized and materialized
     * @throws IllegalArgumentException if there are no layers, names repeat, types differ, or settings do not fit a
     *     layer; the message names it
     */
    public static AdapterSet create(List<FrozenLinear> layers, AdapterConfig config, Backend backend) {
        return create(layers, layer -> config, backend);
    }

    /**
     * Adapts layers, each under its own configuration, as with PEFT's rank and alpha patterns. With equal
     * configurations the set is bit-identical to one made with a single configuration.
     *
     * @param layers the layers to adapt, of one type, with distinct names; at least one
     * @param configs kind and settings of a layer's adapter; asked once per layer
     * @return the set, initialized and materialized
     * @throws IllegalArgumentException as {@link #create(List, AdapterConfig, Backend)}
     */
    public static AdapterSet create(
            List<FrozenLinear> layers, Function<FrozenLinear, ? extends AdapterConfig> configs, Backend backend) {
        Require.argument(!layers.isEmpty(), "adapter set: no layers, expected at least one");
        DataType type = layers.get(0).weight().dataType();
        Map<String, AdapterConfig> configOf = new LinkedHashMap<>();
        Map<StackShape, List<FrozenLinear>> byShape = new LinkedHashMap<>();
        for (FrozenLinear layer : layers) {
            Require.type(
                    "adapter set",
                    layer.name(),
                    layer.weight().dataType(),
                    type,
                    layers.get(0).name());
            AdapterConfig config = configs.apply(layer);
            Require.argument(
                    configOf.put(layer.name(), config) == null, "adapter set: two layers are named %s", layer.name());
            byShape.computeIfAbsent(shape(layer, config), shape -> new ArrayList<>())
                    .add(layer);
        }
        long length = 0;
        long denseLength = 0;
        for (Map.Entry<StackShape, List<FrozenLinear>> entry : byShape.entrySet()) {
            length += entry.getKey().parameters(entry.getValue().size());
            denseLength += dense(entry.getKey(), entry.getValue());
        }
        ParameterStorage storage = new ParameterStorage(type, length);
        DenseGradients denseGradients = new DenseGradients(type, denseLength);
        ThreadGuard guard = new ThreadGuard(
                "the adapters",
                "the adapters are closed",
                "a set and its adapters are for one thread at a time: to serve from many threads, share"
                        + " DenseUpdates.of(…); to train in many, give each a set of its own");
        List<AdapterStack> stacks = new ArrayList<>();
        long denseFrom = 0;
        Map<String, LayerAdapter> made = new LinkedHashMap<>();
        for (Map.Entry<StackShape, List<FrozenLinear>> entry : byShape.entrySet()) {
            List<FrozenLinear> members = entry.getValue();
            StackMemory memory = new StackMemory(backend, guard, storage, denseGradients, denseFrom);
            long used = storage.used();
            AdapterStack stack = entry.getKey().stack(members, memory);
            stacks.add(stack);
            requireTaken(storage.used() - used, members, entry.getKey());
            denseFrom += dense(entry.getKey(), members);
            for (int m = 0; m < members.size(); m++) {
                FrozenLinear layer = members.get(m);
                made.put(layer.name(), stack.adapter(m, layer, configOf.get(layer.name())));
            }
        }
        Map<String, LayerAdapter> inOrder = new LinkedHashMap<>();
        configOf.forEach((name, config) -> {
            LayerAdapter adapter = made.get(name);
            adapter.initialize(config.seed() * 0x9E3779B97F4A7C15L + name.hashCode());
            inOrder.put(name, adapter);
        });
        AdapterSet set = new AdapterSet(backend, inOrder, stacks, storage, denseGradients, guard);
        set.materialize();
        return set;
    }

    private static long dense(StackShape shape, List<FrozenLinear> members) {
        return members.stream().mapToLong(shape::dense).sum();
    }

    /** Throws if a stack took other memory than its shape announced: parameters of stacks would overlap. */
    private static void requireTaken(long taken, List<FrozenLinear> members, StackShape shape) {
        if (taken != shape.parameters(members.size())) {
            throw new IllegalStateException("adapter set: the stack of " + members.size() + " adapters, the first of"
                    + " layer " + members.get(0).name() + ", took " + taken + " parameters, its shape says "
                    + shape.parameters(members.size()));
        }
    }

    private static StackShape shape(FrozenLinear layer, AdapterConfig config) {
        try {
            return config.shape(layer);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("layer " + layer.name() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Adapts the same layers under another configuration.
     *
     * @param other kind and settings of the new adapters
     * @return a new set, initialized and materialized; this one stays as it is
     * @throws IllegalArgumentException as {@link #create(List, AdapterConfig, Backend)}
     */
    public AdapterSet withConfig(AdapterConfig other) {
        return create(layers(), other, backend);
    }

    /**
     * Adapts the same layers with LSR adapters, each under another configuration.
     *
     * @param others maps a present adapter to its new ranks, factor sizes, scaling and initialization
     * @return a new set, initialized and materialized; this one stays as it is
     * @throws IllegalArgumentException as {@link #create(List, AdapterConfig, Backend)}
     * @throws IllegalStateException if one of the adapters is of another kind
     */
    public AdapterSet withConfigs(Function<LsrAdapter, LsrConfig> others) {
        Map<String, LsrConfig> configs = new HashMap<>();
        lsrAdapters().forEach(adapter -> configs.put(adapter.name(), others.apply(adapter)));
        return create(layers(), layer -> configs.get(layer.name()), backend);
    }

    private List<FrozenLinear> layers() {
        return adapters.values().stream().map(LayerAdapter::layer).toList();
    }

    /**
     * The configuration that all adapters share. If they differ, use each {@linkplain LayerAdapter#config() adapter's}.
     *
     * @throws IllegalStateException if two adapters have different configurations
     */
    public AdapterConfig config() {
        List<AdapterConfig> configs = configs();
        if (configs.size() > 1) {
            throw new IllegalStateException(
                    "adapter set: the adapters have " + configs.size() + " different configurations, not one");
        }
        return configs.get(0);
    }

    /** The different configurations that the adapters have, in the order of the layers; at least one. */
    public List<AdapterConfig> configs() {
        return adapters.values().stream()
                .<AdapterConfig>map(LayerAdapter::config)
                .distinct()
                .toList();
    }

    /** The adapters in the order in which their layers were given. */
    public List<LayerAdapter> adapters() {
        return List.copyOf(adapters.values());
    }

    /** The adapter of a layer by its full name; empty if the layer is not adapted. */
    public Optional<LayerAdapter> find(String name) {
        return Optional.ofNullable(adapters.get(name));
    }

    /**
     * The adapters as LSR adapters, for operations that only LSR and LoRA support.
     *
     * @throws IllegalStateException if one of them is of another kind; the message names it
     */
    public List<LsrAdapter> lsrAdapters() {
        return adapters.values().stream().map(AdapterSet::lsr).toList();
    }

    /**
     * The LSR adapter of a layer.
     *
     * @param name the layer's full name
     * @throws IllegalArgumentException if the layer is not adapted
     * @throws IllegalStateException if its adapter is of another kind
     */
    public LsrAdapter lsrAdapter(String name) {
        LayerAdapter adapter = adapters.get(name);
        Require.argument(
                adapter != null, "adapter set: layer %s is not adapted, those of %s are", name, adapters.keySet());
        return lsr(adapter);
    }

    private static LsrAdapter lsr(LayerAdapter adapter) {
        if (adapter instanceof LsrAdapter lsr) {
            return lsr;
        }
        throw new IllegalStateException("adapter set: layer " + adapter.name() + " is adapted by kind '"
                + adapter.config().kind() + "', expected '" + LsrConfig.KIND + "' here");
    }

    /**
     * A use of a layer in a model, for training. The caller still calls {@link #materialize} before a pass and
     * {@link #collectGradients} after it.
     *
     * @param lane the thread whose {@link #denseGradients} collect the gradients
     * @return a new use, which the caller closes; {@link LayerUpdate#NONE} if the layer has no adapter
     */
    public LayerUpdate use(String name, int lane) {
        LayerAdapter adapter = adapters.get(name);
        return adapter == null ? LayerUpdate.NONE : adapter.use(denseGradients(lane));
    }

    /**
     * The parameters of all adapters, in order; views of {@link #values} and {@link #gradients}. A parameter that
     * adapters share occurs once, under the name that the first of them gives it.
     */
    public List<Parameter> parameters() {
        Map<Long, Parameter> byPlace = new LinkedHashMap<>();
        for (LayerAdapter adapter : adapters.values()) {
            for (Parameter parameter : adapter.parameters()) {
                byPlace.putIfAbsent(parameter.value().offset(), parameter);
            }
        }
        return List.copyOf(byPlace.values());
    }

    /** Whether an {@link InPlaceMerge} of this set is open. */
    public boolean isMerged() {
        return adapters().stream().anyMatch(LayerAdapter::isMerged);
    }

    /** The number of trainable parameters. */
    public long parameterCount() {
        return storage.values.length();
    }

    /** All trainable parameters, one vector; the storage itself, not a copy. */
    public INDArray values() {
        return storage.values;
    }

    /** All gradients, one vector in the order of {@link #values}; the storage itself, not a copy. */
    public INDArray gradients() {
        return storage.gradients;
    }

    /** Builds the dense A and B of every adapter from the factors as they are now. */
    public void materialize() {
        try (ThreadGuard.Call call = guard.enter("materialize")) {
            for (AdapterStack stack : stacks) {
                stack.materialize();
            }
        }
    }

    /**
     * The memory in which a thread's {@linkplain #use uses} collect the gradients of the dense matrices. One thread
     * requests all lanes' gradients before the other threads begin.
     *
     * @param lane the thread's number, from 0
     * @return the lane's gradients, in memory of this set; the first call for a lane allocates them, so it must not
     *     come while a step runs
     */
    public DenseGradients denseGradients(int lane) {
        try (ThreadGuard.Call call = guard.enter("denseGradients")) {
            while (denseGradients.size() <= lane) {
                denseGradients.add(new DenseGradients(
                        storage.values.dataType(),
                        denseGradients.get(0).vector().length()));
            }
            return denseGradients.get(lane);
        }
    }

    /** Sets all gradients to zero. */
    public void zeroGradients() {
        try (ThreadGuard.Call call = guard.enter("zeroGradients")) {
            backend.clear(storage.gradients);
            for (DenseGradients lane : denseGradients) {
                backend.clear(lane.vector());
            }
        }
    }

    /**
     * Turns the collected gradients of the dense A and B into {@link #gradients}, the factors' gradients. Lanes are
     * added in their order, so that the result is the same each time.
     */
    public void collectGradients() {
        try (ThreadGuard.Call call = guard.enter("collectGradients")) {
            INDArray sum = denseGradients.get(0).vector();
            for (DenseGradients lane : denseGradients.subList(1, denseGradients.size())) {
                backend.add(lane.vector(), sum);
            }
            for (AdapterStack stack : stacks) {
                stack.collectGradients();
            }
        }
    }

    ThreadGuard guard() {
        return guard;
    }

    /**
     * Frees the native memory; a second call does nothing. Arrays and adapters of this set must not be used after that.
     *
     * @throws IllegalStateException if another thread uses the adapters
     */
    @Override
    public void close() {
        try (ThreadGuard.Call call = guard.enterOpenOrClosed("close")) {
            if (guard.isClosed()) {
                return;
            }
            guard.setClosed();
            for (AdapterStack stack : stacks) {
                stack.close();
            }
            adapters.values().forEach(LayerAdapter::freeScratch);
            storage.values.close();
            storage.gradients.close();
            for (DenseGradients lane : denseGradients) {
                lane.vector().close();
            }
        }
    }
}
