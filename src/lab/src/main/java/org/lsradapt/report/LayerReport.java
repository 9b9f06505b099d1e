package org.lsradapt.report;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.lsradapt.lsr.numerics.UpdateCondition;

/**
 * One adapted layer at one moment.
 *
 * @param in input width
 * @param out output width
 * @param shapes the shapes of the parameters, such as {@code 16 × [32, 2] ⊗ [24, 2], 16 × [2, 32] ⊗ [2, 24]}
 * @param parameters number of trainable parameters, shared ones included
 * @param sums A and B of an LSR adapter; empty for other kinds
 */
public record LayerReport(String name, long in, long out, String shapes, long parameters, Optional<Sums> sums) {

    /**
     * A and B of an LSR adapter.
     *
     * @param a A [in, r]
     * @param b B [r, out]
     */
    public record Sums(Sum a, Sum b, UpdateCondition condition) {}

    /**
     * A Kronecker sum.
     *
     * @param shape the shapes of its factors, such as {@code 16 × [32, 2] ⊗ [24, 2]}
     * @param terms separation rank s
     * @param parameters number of trainable parameters
     */
    public record Sum(String shape, int terms, long parameters) {
        private static Sum of(KroneckerSum sum) {
            return new Sum(sum.describe(), sum.separationRank(), sum.parameterCount());
        }
    }

    /** Reports the current state of an adapter. */
    public static LayerReport of(LayerAdapter adapter) {
        if (adapter instanceof LsrAdapter lsr) {
            return of(lsr.name(), lsr.a(), lsr.b(), lsr.scaling());
        }
        String shapes = adapter.parameters().stream()
                .map(parameter -> parameter.name().substring(adapter.name().length() + 1) + " "
                        + Arrays.toString(parameter.value().shape()))
                .collect(Collectors.joining(", "));
        return new LayerReport(
                adapter.name(),
                adapter.layer().inFeatures(),
                adapter.layer().outFeatures(),
                shapes,
                adapter.parameterCount(),
                Optional.empty());
    }

    /** Reports the current state of an LSR adapter with these sums and this scaling. */
    public static LayerReport of(String name, KroneckerSum a, KroneckerSum b, double scaling) {
        Sums sums = new Sums(Sum.of(a), Sum.of(b), UpdateCondition.of(name, a, b, scaling));
        return new LayerReport(
                name,
                a.rows(),
                b.columns(),
                sums.a.shape() + ", " + sums.b.shape(),
                sums.a.parameters() + sums.b.parameters(),
                Optional.of(sums));
    }
}
