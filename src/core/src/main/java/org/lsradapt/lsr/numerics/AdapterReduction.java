package org.lsradapt.lsr.numerics;

import java.util.List;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.shared.SharedAdapter;
import org.lsradapt.lsr.shared.SharedConfig;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Trained adapters with fewer Kronecker terms. A and B are each replaced by the {@link NearestSum} of s' terms, or,
 * with three or more factors, by a sum from {@link AlternatingLeastSquares} with its default settings. Layers that share
 * factors are reduced together, as sums of three dimensions.
 */
public final class AdapterReduction {

    private AdapterReduction() {}

    /**
     * Reduces all adapters of a set.
     *
     * @param set trained adapters with two or more factors per term; not modified
     * @param terms s', at least 1; if it is not below the present s, the updates stay the same, with orthogonal terms
     *     for two factors
     * @return a new set on the same layers, with the same scaling, materialized; without λ
     * @throws IllegalArgumentException if there is one factor per term, an element is not finite, or s' is below 1
     * @throws IllegalStateException if layers that share factors have several configurations, or kinds are mixed
     */
    public static AdapterSet of(AdapterSet set, int terms) {
        if (set.adapters().stream().allMatch(SharedAdapter.class::isInstance)) {
            return ofShared(set, terms);
        }
        for (LsrAdapter adapter : set.lsrAdapters()) {
            int factors = adapter.config().factorCount();
            Require.argument(
                    factors >= 2,
                    "reduction: adapter %s has %d factor per term, expected at least 2",
                    adapter.name(),
                    factors);
        }
        AdapterSet reduced = set.withConfigs(adapter -> adapter.config().withPlainTerms(terms));
        for (LsrAdapter adapter : set.lsrAdapters()) {
            LsrAdapter target = reduced.lsrAdapter(adapter.name());
            copy(reduced(adapter.a(), terms), target.a());
            copy(reduced(adapter.b(), terms), target.b());
        }
        reduced.materialize();
        return reduced;
    }

    private static AdapterSet ofShared(AdapterSet set, int terms) {
        AdapterSet reduced = set.withConfig(((SharedConfig) set.config()).withTerms(terms));
        for (LayerAdapter adapter : set.adapters()) {
            SharedAdapter shared = (SharedAdapter) adapter;
            if (shared.isFirst()) {
                List<KroneckerSum> sums = shared.representations().stream()
                        .map(sum -> terms < sum.separationRank() ? reduced(sum, terms) : sum)
                        .toList();
                ((SharedAdapter) reduced.find(shared.name()).orElseThrow()).represent(sums);
            }
        }
        reduced.materialize();
        return reduced;
    }

    private static KroneckerSum reduced(KroneckerSum sum, int terms) {
        return sum.factors().size() == 2
                ? NearestSum.ofSum(sum, terms).sum()
                : AlternatingLeastSquares.ofSum(sum, terms, AlternatingLeastSquares.Settings.DEFAULTS)
                        .sum();
    }

    /** Copies a sum into one with at least as many terms; the remaining terms stay zero. */
    static void copy(KroneckerSum from, KroneckerSum to) {
        for (int i = 0; i < from.factors().size(); i++) {
            INDArray target = to.factors().get(i);
            target.assign(0);
            target.get(NDArrayIndex.interval(0, from.separationRank()), NDArrayIndex.all(), NDArrayIndex.all())
                    .assign(from.factors().get(i));
        }
    }

    /** The relative error ‖ΔW' − ΔW‖_F / ‖ΔW‖_F of an approximation of the same layer; NaN if ΔW is 0. */
    public static double relativeError(LayerAdapter exact, LayerAdapter approximate) {
        try (INDArray delta = exact.deltaWeight();
                INDArray other = approximate.deltaWeight()) {
            double norm = delta.norm2Number().doubleValue();
            return other.subi(delta).norm2Number().doubleValue() / norm;
        }
    }
}
