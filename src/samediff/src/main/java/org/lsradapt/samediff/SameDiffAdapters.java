package org.lsradapt.samediff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.numerics.ConditionNumber;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.VariableType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * LSR adapters on weights of a SameDiff graph: each product y = x·W of an adapted weight becomes y = x·W + c·x·A·B, with A
 * and B Kronecker sums of variables that {@code sd.fit} trains. The package description shows the resulting graph.
 *
 * <p>Attaching freezes the graph: all its variables become constants, except the named ones. An {@code SDVariable} of a
 * product's output that was fetched before then denotes the frozen product; fetch it again by name ({@code sd.getVariable}).
 * Like the graph, not safe for several threads at once.
 */
public final class SameDiffAdapters {
    private final SameDiff sd;
    private final Map<String, AdaptedWeight> weights;
    /** W and the factors' numbers by weight while the adapters are merged, otherwise null. */
    private Map<String, AdaptedWeight.Kept> kept;

    private SameDiffAdapters(SameDiff sd, Map<String, AdaptedWeight> weights) {
        this.sd = sd;
        this.weights = weights;
    }

    /**
     * Adapts weights and freezes everything else.
     *
     * @param sd the graph; changed in place, also between calls of {@code fit}
     * @param selector selects weights by the names of their variables or constants
     * @param config ranks, factor sizes, scaling, initialization; the initial numbers are those of {@link AdapterSet#create}
     *     for layers with the weights' names
     * @throws IllegalArgumentException if nothing matches (the message lists the candidates), a weight already has an
     *     adapter or is used in a way that cannot be adapted, or factor sizes do not fit; the graph is then unchanged
     */
    public static SameDiffAdapters attach(SameDiff sd, LayerSelector selector, LsrConfig config) {
        return attach(sd, selector, config, Set.of());
    }

    /**
     * Adapts weights as {@link #attach(SameDiff, LayerSelector, LsrConfig)}, and keeps some variables trainable, such as the
     * head's.
     *
     * @param trainable the names of variables that stay trainable; adapters attached earlier always do
     * @throws IllegalArgumentException also if one of them is not a variable of the graph or is an adapted weight
     */
    public static SameDiffAdapters attach(
            SameDiff sd, LayerSelector selector, LsrConfig config, Set<String> trainable) {
        Map<String, List<Product>> products = Product.all(sd).stream()
                .collect(Collectors.groupingBy(Product::weight, LinkedHashMap::new, Collectors.toList()));
        Require.argument(!products.isEmpty(), "attach: the graph has no product with a weight on the right");
        List<FrozenLinear> candidates = new ArrayList<>();
        products.values().forEach(uses -> candidates.add(uses.get(0).layer(sd)));
        Map<String, AdaptedWeight> chosen = new LinkedHashMap<>();
        List<FrozenLinear> layers = selector.select(candidates);
        for (FrozenLinear layer : layers) {
            List<Product> uses = products.get(layer.name());
            Require.argument(
                    !AdaptedWeight.isAdapted(sd, layer.name()),
                    "attach: weight %s has an adapter already",
                    layer.name());
            AdaptedWeight.check(sd, layer.name(), uses);
            chosen.put(layer.name(), new AdaptedWeight(layer.name(), config, uses));
        }
        requireNoScope("attach", sd);
        for (String name : trainable) {
            Require.argument(
                    sd.hasVariable(name) && sd.getVariable(name).getVariableType() == VariableType.VARIABLE,
                    "attach: '%s' is to stay trainable but is not a variable; the variables are %s",
                    name,
                    variables(sd));
            Require.argument(!chosen.containsKey(name), "attach: weight %s cannot be adapted and stay trainable", name);
        }
        try (AdapterSet start = AdapterSet.create(layers, config, Backends.standard())) {
            freeze(sd, trainable);
            for (AdaptedWeight weight : chosen.values()) {
                weight.insert(sd, start.lsrAdapter(weight.name()).parameters());
            }
        }
        return new SameDiffAdapters(sd, chosen);
    }

    /**
     * Adds one adapted linear layer to a graph under construction: y = x·W + b + c·x·A·B. Leaves everything else unchanged.
     *
     * @param name the name of y; W and b become the constants {@code <name>.weight} and {@code <name>.bias}
     * @param x [tokens, in], of the weight's type
     * @param weight W [in, out], FLOAT or DOUBLE; kept
     * @param bias b [out]; kept
     * @param config ranks, factor sizes, scaling, initialization
     * @return y [tokens, out]
     * @throws IllegalArgumentException if weight, bias or factor sizes do not fit each other, or a name is taken; the graph
     *     may not know the shape of x, so a wrong shape may only fail when y is computed
     */
    public static SDVariable linear(
            SameDiff sd, String name, SDVariable x, INDArray weight, INDArray bias, LsrConfig config) {
        return linear(sd, name, x, weight, FrozenLinear.of(name + ".weight", weight, bias), config);
    }

    /** Calls {@link #linear(SameDiff, String, SDVariable, INDArray, INDArray, LsrConfig)} without a bias. */
    public static SDVariable linear(SameDiff sd, String name, SDVariable x, INDArray weight, LsrConfig config) {
        return linear(sd, name, x, weight, FrozenLinear.of(name + ".weight", weight), config);
    }

    private static SDVariable linear(
            SameDiff sd, String name, SDVariable x, INDArray weight, FrozenLinear layer, LsrConfig config) {
        for (String taken : List.of(name, layer.name(), name + ".bias")) {
            Require.argument(!sd.hasVariable(taken), "linear: the graph has a variable %s already", taken);
        }
        requireNoScope("linear", sd);
        try (AdapterSet start = AdapterSet.create(List.of(layer), config, Backends.standard())) {
            SDVariable w = sd.constant(layer.name(), weight);
            layer.bias()
                    .ifPresentOrElse(
                            bias -> sd.nn().linear(name, x, w, sd.constant(name + ".bias", bias)),
                            () -> sd.mmul(name, x, w));
            List<Product> products = Product.of(sd, layer.name());
            new AdaptedWeight(layer.name(), config, products).insert(sd, start.parameters());
        }
        return sd.getVariable(name);
    }

    /** Finds the adapters of a graph that has some, such as one that {@code SameDiff.load} read. */
    public static SameDiffAdapters find(SameDiff sd) {
        Map<String, AdaptedWeight> found = new LinkedHashMap<>();
        for (Product product : Product.all(sd)) {
            if (AdaptedWeight.isAdapted(sd, product.weight())) {
                found.computeIfAbsent(product.weight(), name -> AdaptedWeight.read(sd, name));
            }
        }
        Require.argument(!found.isEmpty(), "find: the graph has no LSR adapters");
        return new SameDiffAdapters(sd, found);
    }

    /** Throws inside a scope, where the graph would prefix the given names with the scope's. */
    private static void requireNoScope(String operation, SameDiff sd) {
        Require.argument(
                sd.currentNameScope() == null,
                "%s: name scope %s is open, expected none",
                operation,
                sd.currentNameScope());
    }

    private static void freeze(SameDiff sd, Set<String> trainable) {
        List<SDVariable> frozen = sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .filter(variable -> !trainable.contains(variable.name()))
                .filter(variable -> !AdaptedWeight.isFactor(sd, variable.name()))
                .toList();
        sd.convertToConstants(frozen);
    }

    private static List<String> variables(SameDiff sd) {
        return sd.variables().stream()
                .filter(variable -> variable.getVariableType() == VariableType.VARIABLE)
                .map(SDVariable::name)
                .toList();
    }

    /** The adapted weights' names, in the order of the graph's products. */
    public List<String> weights() {
        return List.copyOf(weights.keySet());
    }

    /** The names of the trainable variables, {@code <weight>.lsr_A1 …}, by {@link #weights()} and {@link LsrAdapter#parameters()}. */
    public List<String> variableNames() {
        List<String> names = new ArrayList<>();
        weights.values().forEach(weight -> names.addAll(weight.variableNames()));
        return names;
    }

    /** The number of trainable parameters. */
    public long parameterCount() {
        requireAttached("parameterCount");
        return variableNames().stream()
                .mapToLong(name -> sd.getVariable(name).getArr().length())
                .sum();
    }

    /**
     * Copies the adapters out of the graph, to inspect, save or train them further.
     *
     * @return a new set with the current numbers, one adapter per weight, with the weight's name; it leaves out a product's
     *     bias. W is kept by reference, everything else is copied. The caller closes the set
     * @throws IllegalStateException if the adapters are merged
     */
    public AdapterSet toAdapters() {
        requireAttached("toAdapters");
        Map<String, LsrConfig> configs = new HashMap<>();
        List<FrozenLinear> layers = new ArrayList<>();
        for (AdaptedWeight weight : weights.values()) {
            FrozenLinear layer = weight.layer(sd);
            layers.add(layer);
            configs.put(layer.name(), weight.config());
        }
        AdapterSet adapters = AdapterSet.create(layers, layer -> configs.get(layer.name()), Backends.standard());
        for (Parameter parameter : adapters.parameters()) {
            parameter.value().assign(sd.getVariable(parameter.name()).getArr());
        }
        adapters.materialize();
        return adapters;
    }

    /**
     * Copies numbers into the graph.
     *
     * @param adapters adapters of weights with the same names and shapes, such as {@link #toAdapters()} made; not modified
     * @throws IllegalArgumentException if names, shapes or scalings differ
     * @throws IllegalStateException if the adapters are merged
     */
    public void copyFrom(AdapterSet adapters) {
        requireAttached("copyFrom");
        List<String> given = adapters.parameters().stream().map(Parameter::name).toList();
        Require.argument(
                Set.copyOf(given).equals(Set.copyOf(variableNames())),
                "copyFrom: the adapters have %s, the graph has %s",
                given,
                variableNames());
        for (Parameter parameter : adapters.parameters()) {
            INDArray value = sd.getVariable(parameter.name()).getArr();
            Require.shape("copyFrom", parameter.name(), parameter.value(), "the graph's", value.shape());
        }
        for (LsrAdapter adapter : adapters.lsrAdapters()) {
            double scaling = weights.get(adapter.name()).config().scaling();
            Require.argument(
                    adapter.config().scaling() == scaling,
                    "copyFrom: the update of %s is scaled by %s, the graph's by %s",
                    adapter.name(),
                    adapter.config().scaling(),
                    scaling);
        }
        for (Parameter parameter : adapters.parameters()) {
            sd.getVariable(parameter.name()).getArr().assign(parameter.value());
        }
    }

    /**
     * Computes γ of A and B of each weight from the current numbers.
     *
     * @throws IllegalStateException if the adapters are merged
     */
    public Map<String, SumConditions> conditionNumbers() {
        requireAttached("conditionNumbers");
        Map<String, SumConditions> conditions = new LinkedHashMap<>();
        for (AdaptedWeight weight : weights.values()) {
            try (AdapterSet one = weight.toAdapter(sd)) {
                LsrAdapter adapter = one.lsrAdapters().get(0);
                conditions.put(
                        weight.name(),
                        new SumConditions(ConditionNumber.of(adapter.a()), ConditionNumber.of(adapter.b())));
            }
        }
        return conditions;
    }

    /** The condition numbers of one adapter. */
    public record SumConditions(ConditionNumber a, ConditionNumber b) {}

    /** Whether the adapters are merged into the weights. */
    public boolean isMerged() {
        return kept != null;
    }

    /**
     * Replaces each weight by W + ΔW and removes the adapters. The graph then has the operations that it had before
     * {@link #attach}; saved, it is a plain graph. Its variables stay frozen.
     *
     * @throws IllegalStateException if the adapters are already merged, or a weight is no longer a constant; nothing has
     *     then changed
     */
    public void merge() {
        requireAttached("merge");
        weights.values().forEach(weight -> weight.requireConstant("merge", sd));
        Map<String, AdaptedWeight.Kept> taken = new LinkedHashMap<>();
        for (AdaptedWeight weight : weights.values()) {
            taken.put(weight.name(), weight.merge(sd));
        }
        kept = taken;
    }

    /**
     * Reverses {@link #merge()}: W gets its former bits back, and the adapters their numbers. An optimizer's state for them
     * starts anew.
     *
     * @throws IllegalStateException if the adapters are not merged, or a weight now has another adapter or other numbers;
     *     nothing has then changed
     */
    public void unmerge() {
        if (kept == null) {
            throw new IllegalStateException("unmerge: the adapters are not merged");
        }
        for (AdaptedWeight weight : weights.values()) {
            if (AdaptedWeight.isAdapted(sd, weight.name())) {
                throw new IllegalStateException("unmerge: weight " + weight.name()
                        + " has been given another adapter since, expected the graph as it was");
            }
            if (!weight.isMerged(sd, kept.get(weight.name()))) {
                throw new IllegalStateException("unmerge: weight " + weight.name()
                        + " has other numbers since, such as another adapter's update, expected the graph as it was");
            }
        }
        kept.forEach((name, taken) -> weights.get(name).unmerge(sd, taken));
        kept = null;
    }

    private void requireAttached(String operation) {
        if (kept != null) {
            throw new IllegalStateException(operation + ": the adapters are merged; unmerge first");
        }
        for (String name : weights.keySet()) {
            if (!AdaptedWeight.isAdapted(sd, name)) {
                throw new IllegalStateException(operation + ": weight " + name
                        + " has no adapter any more, another handle on the graph has merged it");
            }
        }
    }
}
