package org.lsradapt.adapters;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;

/**
 * One layer's adapter as a file has it.
 *
 * @param name the layer's full name
 * @param config ranks, sizes, scaling
 * @param a A [in, r]
 * @param b B [r, out]
 */
public record SavedLayer(String name, LsrConfig config, KroneckerSum a, KroneckerSum b) {

    /** An adapter in this form; its sums are kept, not copied. */
    public static SavedLayer of(LsrAdapter adapter) {
        return new SavedLayer(adapter.name(), adapter.config(), adapter.a(), adapter.b());
    }

    /**
     * Adapters of a model's layers with saved numbers.
     *
     * @param location where the numbers come from, for messages
     * @param layers the saved layers, at least one; their numbers are copied
     * @param model the model's layers; those that are adapted are kept by reference
     * @param backend the arithmetic
     * @return a set in the order of the saved layers, materialized, of the model's type
     * @throws IllegalArgumentException if the model lacks a layer, or has it in another size
     */
    public static AdapterSet adapt(
            String location, List<SavedLayer> layers, List<FrozenLinear> model, Backend backend) {
        Map<String, FrozenLinear> byName = new HashMap<>();
        model.forEach(layer -> byName.put(layer.name(), layer));
        Map<String, SavedLayer> saved = new LinkedHashMap<>();
        List<FrozenLinear> frozen = new ArrayList<>();
        for (SavedLayer layer : layers) {
            FrozenLinear linear = byName.get(layer.name());
            Require.argument(
                    linear != null,
                    "%s: the model has no layer '%s', which the adapter is for",
                    location,
                    layer.name());
            Require.argument(
                    linear.inFeatures() == layer.a().rows() && linear.outFeatures() == layer.b().columns(),
                    "%s: layer '%s' is adapted as [%d, %d], the model's is [%d, %d]",
                    location,
                    layer.name(),
                    layer.a().rows(),
                    layer.b().columns(),
                    linear.inFeatures(),
                    linear.outFeatures());
            frozen.add(linear);
            saved.put(layer.name(), layer);
        }
        AdapterSet adapters = AdapterSet.create(frozen, layer -> saved.get(layer.name()).config(), backend);
        adapters.lsrAdapters().forEach(adapter -> saved.get(adapter.name()).copyTo(adapter));
        adapters.materialize();
        return adapters;
    }

    private void copyTo(LsrAdapter adapter) {
        copy(a, adapter.a());
        copy(b, adapter.b());
    }

    private static void copy(KroneckerSum from, KroneckerSum to) {
        for (int i = 0; i < to.factors().size(); i++) {
            to.factors().get(i).assign(from.factors().get(i));
        }
        if (to.termWeights() != null) {
            to.termWeights().assign(from.termWeights());
        }
    }

    /** How many trainable parameters. */
    public long parameterCount() {
        return a.parameterCount() + b.parameterCount();
    }
}
