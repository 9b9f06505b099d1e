package org.lsradapt.adapters;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.ParameterNames;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One layer's adapter of any kind, as stored in a file.
 *
 * @param arrays the layer's parameters by name; kept
 * @param sharing the parameters that the layer shares with others
 */
public record LayerArrays(
        String name,
        AdapterConfig config,
        AdapterKind.Size size,
        Map<String, INDArray> arrays,
        Optional<AdapterKind.Sharing> sharing) {

    /** Converts an LSR layer; its arrays are kept, not copied. */
    public static LayerArrays of(SavedLayer layer) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        put(arrays, ParameterNames.ofA(layer.name(), layer.config()), layer.a());
        put(arrays, ParameterNames.ofB(layer.name(), layer.config()), layer.b());
        return of(
                layer.name(),
                layer.config(),
                new AdapterKind.Size(layer.a().rows(), layer.b().columns()),
                arrays);
    }

    /** Creates a layer that shares no parameters. */
    public static LayerArrays of(
            String name, AdapterConfig config, AdapterKind.Size size, Map<String, INDArray> arrays) {
        return new LayerArrays(name, config, size, arrays, Optional.empty());
    }

    private static void put(Map<String, INDArray> arrays, ParameterNames names, KroneckerSum sum) {
        for (int i = 0; i < sum.factors().size(); i++) {
            arrays.put(names.factors().get(i), sum.factors().get(i));
        }
        if (sum.termWeights() != null) {
            arrays.put(names.termWeights(), sum.termWeights());
        }
    }

    /** Converts this layer for uses that support LSR only; throws an {@link IllegalStateException} if it has another kind. */
    public SavedLayer lsr(String location) {
        if (config instanceof LsrConfig lsr) {
            return SavedLayer.of(name, lsr, arrays);
        }
        throw new IllegalStateException(location + ": layer " + name + " is adapted by kind '" + config.kind()
                + "', expected '" + LsrConfig.KIND + "' here");
    }

    /** The problem of the numbers, if there is one; see {@link AdapterKind#flaw}. */
    public Optional<String> flaw(AdapterKinds kinds) {
        return StoredConfig.of(kinds.of(config), config).flaw(name, arrays);
    }

    /** Identifies the layers with which this one shares parameters, if any. */
    record Fellows(String group, AdapterConfig config, AdapterKind.Size size) {}

    Fellows fellows() {
        return sharing.map(shared -> shared.fellows(config, size)).orElseGet(() -> new Fellows("", config, size));
    }

    List<String> shared() {
        return sharing.map(AdapterKind.Sharing::tensors).orElse(List.of());
    }

    /** The number of trainable parameters, without shared ones. */
    long ownParameterCount() {
        return arrays.values().stream().mapToLong(INDArray::length).sum() - sharedParameterCount();
    }

    long sharedParameterCount() {
        return shared().stream().mapToLong(name -> arrays.get(name).length()).sum();
    }

    /** Returns this layer under another name. */
    public LayerArrays named(String other) {
        Map<String, INDArray> renamed = new LinkedHashMap<>();
        arrays.forEach((parameter, array) -> renamed.put(other + parameter.substring(name.length()), array));
        return new LayerArrays(other, config, size, renamed, sharing);
    }

    LayerArrays copy() {
        return new LayerArrays(name, config, size, copy(arrays), sharing);
    }

    static Map<String, INDArray> copy(Map<String, INDArray> arrays) {
        Map<String, INDArray> copies = new LinkedHashMap<>();
        arrays.forEach((parameter, array) -> copies.put(parameter, array.dup('c')));
        return copies;
    }

    /** Returns this layer with other settings and the same parameters. */
    public LayerArrays with(AdapterConfig other) {
        return new LayerArrays(name, other, size, arrays, sharing);
    }

    /**
     * Creates adapters of a model's layers with these numbers; see {@link SavedAdapter#adapters}.
     *
     * @param location the source of the numbers, for messages
     * @param layers the layers, at least one; their numbers are copied
     * @param model the model's layers; adapted layers are kept by reference
     * @return a set in the order of the layers, which the caller closes
     * @throws IllegalArgumentException if the model lacks a layer or has it in another size
     */
    public static AdapterSet adapt(
            String location, List<LayerArrays> layers, List<FrozenLinear> model, Backend backend) {
        Map<String, FrozenLinear> byName = new HashMap<>();
        model.forEach(layer -> byName.put(layer.name(), layer));
        Map<String, LayerArrays> saved = new LinkedHashMap<>();
        for (LayerArrays layer : layers) {
            FrozenLinear linear = byName.get(layer.name);
            Require.argument(
                    linear != null, "%s: the model has no layer '%s', which the adapter is for", location, layer.name);
            Require.argument(
                    layer.size.isOf(linear),
                    "%s: layer '%s' is adapted as [%d, %d], the model's is [%d, %d]",
                    location,
                    layer.name,
                    layer.size.in(),
                    layer.size.out(),
                    linear.inFeatures(),
                    linear.outFeatures());
            saved.put(layer.name, layer);
        }
        List<FrozenLinear> frozen =
                layers.stream().map(layer -> byName.get(layer.name)).toList();
        AdapterSet adapters = AdapterSet.create(frozen, layer -> saved.get(layer.name()).config, backend);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            opened.add(adapters);
            adapters.adapters().forEach(adapter -> saved.get(adapter.name()).copyTo(adapter, location));
            adapters.materialize();
            return opened.release(adapters);
        }
    }

    private void copyTo(LayerAdapter adapter, String location) {
        List<String> names = adapter.parameters().stream().map(Parameter::name).toList();
        Require.argument(
                names.equals(List.copyOf(arrays.keySet())),
                "%s: layer '%s' has parameters %s, its kind has %s",
                location,
                name,
                arrays.keySet(),
                names);
        for (Parameter parameter : adapter.parameters()) {
            INDArray array = arrays.get(parameter.name());
            Require.shape(
                    location,
                    parameter.name(),
                    array,
                    "its kind's",
                    parameter.value().shape());
            parameter.value().assign(array);
        }
    }
}
