package org.lsradapt.tasks.classification;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adapters whose terms have coefficients, which keys train alone. */
final class TermCoefficients {

    private TermCoefficients() {}

    /** Returns the adapters, or closes them for others that have weights of 1 for terms without; refuses adapters without terms. */
    static AdapterSet of(Path shared, AdapterSet adapters, Backend backend) {
        requireTerms(shared, adapters);
        if (adapters.adapters().stream().noneMatch(one -> isUnweighted(one.config()))) {
            return adapters;
        }
        Map<String, LayerAdapter> before = new HashMap<>();
        adapters.adapters().forEach(one -> before.put(one.name(), one));
        AdapterSet weighted = AdapterSet.create(
                adapters.adapters().stream().map(LayerAdapter::layer).toList(),
                layer -> weighted(before.get(layer.name()).config()),
                backend);
        Map<String, INDArray> values = new HashMap<>();
        adapters.parameters().forEach(one -> values.put(one.name(), one.value()));
        weighted.parameters().stream()
                .filter(one -> values.containsKey(one.name()))
                .forEach(one -> one.value().assign(values.get(one.name())));
        adapters.close();
        return weighted;
    }

    private static boolean isUnweighted(AdapterConfig config) {
        return config instanceof LsrConfig lsr && !lsr.isLora() && !lsr.termWeights();
    }

    private static AdapterConfig weighted(AdapterConfig config) {
        return isUnweighted(config)
                ? ((LsrConfig) config).toBuilder().termWeights(true).build()
                : config;
    }

    private static void requireTerms(Path shared, AdapterSet adapters) {
        adapters.adapters()
                .forEach(adapter -> Require.argument(
                        isUnweighted(adapter.config())
                                || !adapter.coefficients().isEmpty(),
                        "%s: layer %s has an adapter of kind '%s', whose terms have no coefficients; expected lsr,"
                                + " lsr-shared or krona-shared, trained on everybody's rows",
                        shared,
                        adapter.name(),
                        adapter.config().label()));
    }
}
