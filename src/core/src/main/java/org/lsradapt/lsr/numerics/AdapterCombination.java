package org.lsradapt.lsr.numerics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Exact weighted sums of adapters of the same layers: one adapter with ΔW = Σ_i w_i·c_i·A_i·B_i and scaling 1.
 *
 * <p>In general the bottlenecks are put side by side, A = [A_1 A_2 …], and the B's are stacked likewise. As Kronecker
 * sums: one factor j of the rank grows to Σ_i r_ij, the others to the largest among the adapters, and each adapter's
 * terms become terms of the whole, with their own block of factor j and zero elsewhere. Terms of A meet terms of
 * another adapter's B in blocks that do not overlap, so their products vanish. The numbers of terms also add up, s = Σ
 * s_i; j is the factor that makes the rank smallest. (The Kronecker product permutes the columns of A and the rows of
 * B, both in the same way.) With one factor per term, as in LoRA, the terms of an adapter are added, and the result is
 * the plain concatenation.
 *
 * <p>If all adapters of a layer have bit-identical A, then ΔW = A·Σ_i w_i·c_i·B_i: only B's terms are joined, and the
 * rank stays; likewise if they have the same B.
 *
 * <p>The result holds more elements than its parts, many of them zero. {@link AdapterReduction} reduces it to fewer
 * terms, {@link LoraConversion} to fewer terms and a smaller rank.
 */
public final class AdapterCombination {

    private enum Shared {
        NOTHING,
        A,
        B
    }

    private AdapterCombination() {}

    /**
     * Combines adapters of one layer.
     *
     * @param adapters adapters of layers of one size and type, with the same factor sizes of in and out; not modified
     * @param weights w, one per adapter
     * @return a new adapter on the first one's layer, which the caller closes
     * @throws IllegalArgumentException if there are no adapters, sizes or types differ, or a weight is not finite
     */
    public static LsrAdapter ofAdapters(List<LsrAdapter> adapters, double... weights) {
        requireWeights(adapters.size(), weights);
        requireSame(adapters);
        LsrAdapter combined = LsrAdapter.wrap(adapters.get(0).layer(), config(adapters));
        fill(combined, adapters, weights);
        return combined;
    }

    /**
     * Combines adapter sets layer by layer, each layer under the configuration that its adapters require.
     *
     * @param sets LSR sets that adapt the same layers; a layer's adapters have the same factor sizes of in and out; not
     *     modified
     * @param weights w, one per set
     * @return a new set on the first one's layers, materialized, which the caller closes
     * @throws IllegalArgumentException if there are no sets, layers, sizes or types differ, or a weight is not finite
     */
    public static AdapterSet ofSets(List<AdapterSet> sets, double... weights) {
        requireWeights(sets.size(), weights);
        AdapterSet first = sets.get(0);
        Map<String, List<LsrAdapter>> layers = new LinkedHashMap<>();
        for (LsrAdapter adapter : first.lsrAdapters()) {
            List<LsrAdapter> ofLayer =
                    sets.stream().map(set -> find(set, adapter.name(), first)).toList();
            requireSame(ofLayer);
            layers.put(adapter.name(), ofLayer);
        }
        AdapterSet combined = first.withConfigs(adapter -> config(layers.get(adapter.name())));
        layers.forEach((name, ofLayer) -> fill(combined.lsrAdapter(name), ofLayer, weights));
        combined.materialize();
        return combined;
    }

    private static LsrAdapter find(AdapterSet set, String name, AdapterSet first) {
        List<String> names = set.lsrAdapters().stream().map(LsrAdapter::name).toList();
        Require.argument(
                names.contains(name) && names.size() == first.lsrAdapters().size(),
                "combination: the sets adapt %s and %s, expected the same layers",
                first.lsrAdapters().stream().map(LsrAdapter::name).toList(),
                names);
        return set.lsrAdapter(name);
    }

    private static void requireWeights(int adapters, double... weights) {
        Require.argument(adapters >= 1, "combination: no adapters, expected at least one");
        Require.argument(weights.length == adapters, "combination: %d weights, expected %d", weights.length, adapters);
        for (double weight : weights) {
            Require.argument(Double.isFinite(weight), "combination: weight %s, expected a finite number", weight);
        }
    }

    private static void requireSame(List<LsrAdapter> adapters) {
        LsrAdapter first = adapters.get(0);
        for (LsrAdapter adapter : adapters) {
            Require.type(
                    "combination",
                    adapter.name(),
                    adapter.a().dataType(),
                    first.a().dataType(),
                    "the first");
            Require.argument(
                    Arrays.equals(sizes(adapter.a(), 1), sizes(first.a(), 1))
                            && Arrays.equals(sizes(adapter.b(), 2), sizes(first.b(), 2)),
                    "combination: layer '%s' is adapted by A %s, B %s and by A %s, B %s, expected the same factor"
                            + " sizes of in and out",
                    first.name(),
                    first.a().describe(),
                    first.b().describe(),
                    adapter.a().describe(),
                    adapter.b().describe());
        }
    }

    private static int[] sizes(KroneckerSum sum, int dimension) {
        return sum.factors().stream().mapToInt(f -> (int) f.size(dimension)).toArray();
    }

    /** The properties that all adapters of a layer share. */
    private static Shared shared(List<LsrAdapter> adapters) {
        if (same(adapters, LsrAdapter::a)) {
            return Shared.A;
        }
        return same(adapters, LsrAdapter::b) ? Shared.B : Shared.NOTHING;
    }

    private static boolean same(List<LsrAdapter> adapters, Function<LsrAdapter, KroneckerSum> side) {
        KroneckerSum first = side.apply(adapters.get(0));
        return adapters.stream().map(side).allMatch(other -> same(first, other));
    }

    private static boolean same(KroneckerSum left, KroneckerSum right) {
        boolean same = left.describe().equals(right.describe());
        for (int i = 0; same && i < left.factors().size(); i++) {
            same = Arrays.deepEquals(
                    SmallMatrices.rows(left.factors().get(i)),
                    SmallMatrices.rows(right.factors().get(i)));
        }
        return same && Arrays.equals(SmallMatrices.weights(left), SmallMatrices.weights(right));
    }

    private static LsrConfig config(List<LsrAdapter> adapters) {
        LsrConfig first = adapters.get(0).config();
        int d = first.factorCount();
        int[] rank = shared(adapters) == Shared.NOTHING
                ? rank(adapters)
                : sizes(adapters.get(0).a(), 2);
        int terms = adapters.stream().mapToInt(a -> a.a().separationRank()).sum();
        return LsrConfig.builder()
                .bottleneckRank(Arrays.stream(rank).reduce(1, Math::multiplyExact))
                .separationRank(d == 1 ? 1 : terms)
                .factorCount(d)
                .alpha(1)
                .scalingRule(ScalingRule.ALPHA)
                .inFactors(first.inFactors())
                .outFactors(first.outFactors())
                .rankFactors(Arrays.stream(rank).boxed().toList())
                .initialization(Initialization.ZERO_UPDATE)
                .seed(first.seed())
                .build();
    }

    /** The sizes of the common rank's factors: the sum in one place, the largest in the others. */
    private static int[] rank(List<LsrAdapter> adapters) {
        int at = concatenated(adapters);
        return IntStream.range(0, adapters.get(0).a().factors().size())
                .map(i -> i == at ? total(adapters, i) : largest(adapters, i))
                .toArray();
    }

    /** The factor whose sum makes the smallest rank; among equal ones the last, which has the smallest sizes. */
    private static int concatenated(List<LsrAdapter> adapters) {
        int best = 0;
        for (int i = 1; i < adapters.get(0).a().factors().size(); i++) {
            if ((long) total(adapters, i) * largest(adapters, best)
                    <= (long) total(adapters, best) * largest(adapters, i)) {
                best = i;
            }
        }
        return best;
    }

    private static int total(List<LsrAdapter> adapters, int factor) {
        return adapters.stream().mapToInt(a -> sizes(a.a(), 2)[factor]).sum();
    }

    private static int largest(List<LsrAdapter> adapters, int factor) {
        return adapters.stream().mapToInt(a -> sizes(a.a(), 2)[factor]).max().orElseThrow();
    }

    private static void fill(LsrAdapter combined, List<LsrAdapter> adapters, double... weights) {
        Shared shared = shared(adapters);
        int at = concatenated(adapters);
        int d = combined.a().factors().size();
        for (int factor = 0; factor < d; factor++) {
            INDArray a = combined.a().factors().get(factor);
            INDArray b = combined.b().factors().get(factor);
            double[][] numbersA = new double[(int) a.size(0)][(int) (a.size(1) * a.size(2))];
            double[][] numbersB = new double[(int) b.size(0)][(int) (b.size(1) * b.size(2))];
            int term = 0;
            int offset = 0;
            for (int i = 0; i < weights.length; i++) {
                LsrAdapter adapter = adapters.get(i);
                double scale = factor == 0 ? weights[i] * adapter.scaling() : 1;
                int block = shared == Shared.NOTHING && factor == at ? offset : 0;
                if (shared != Shared.A || i == 0) {
                    place(adapter.a(), factor, shared == Shared.B ? scale : 1, term, 0, block, a, numbersA);
                }
                if (shared != Shared.B || i == 0) {
                    place(adapter.b(), factor, shared == Shared.B ? 1 : scale, term, block, 0, b, numbersB);
                }
                term += d == 1 ? 0 : adapter.a().separationRank();
                offset += sizes(adapter.a(), 2)[at];
            }
            a.assign(SmallMatrices.stack(numbersA, a.dataType(), a.size(1), a.size(2)));
            b.assign(SmallMatrices.stack(numbersB, b.dataType(), b.size(1), b.size(2)));
        }
    }

    /** Adds a sum's terms of one factor into a block of the target's elements; λ is multiplied into the first factor. */
    private static void place(
            KroneckerSum sum,
            int factor,
            double scale,
            int term,
            int fromRow,
            int fromColumn,
            INDArray target,
            double[][] numbers) {
        INDArray stack = sum.factors().get(factor);
        double[][] terms = SmallMatrices.rows(stack);
        double[] lambda = SmallMatrices.weights(sum);
        int columns = (int) stack.size(2);
        int width = (int) target.size(2);
        for (int k = 0; k < terms.length; k++) {
            double[] into = numbers[sum.factors().size() == 1 ? 0 : term + k];
            double weight = scale * (factor == 0 ? lambda[k] : 1);
            for (int i = 0; i < terms[k].length; i++) {
                into[(fromRow + i / columns) * width + fromColumn + i % columns] += weight * terms[k][i];
            }
        }
    }
}
