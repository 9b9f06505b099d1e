package org.lsradapt.adapters;

import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ParameterNames;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * One layer's LSR adapter, as stored in a file.
 *
 * @param config the ranks, sizes and scaling
 * @param a A [in, r]
 * @param b B [r, out]
 */
public record SavedLayer(String name, LsrConfig config, KroneckerSum a, KroneckerSum b) {

    /** Converts an adapter; its sums are kept, not copied. */
    public static SavedLayer of(LsrAdapter adapter) {
        return new SavedLayer(adapter.name(), adapter.config(), adapter.a(), adapter.b());
    }

    /** Creates a layer from its parameters by name; the arrays are kept, not copied. */
    public static SavedLayer of(String name, LsrConfig config, Map<String, INDArray> arrays) {
        return new SavedLayer(
                name,
                config,
                sum(ParameterNames.ofA(name, config), arrays),
                sum(ParameterNames.ofB(name, config), arrays));
    }

    private static KroneckerSum sum(ParameterNames names, Map<String, INDArray> arrays) {
        return KroneckerSum.of(
                names.factors().stream().map(arrays::get).toList(),
                names.termWeights() == null ? null : arrays.get(names.termWeights()));
    }

    /**
     * Returns an error if products of factors exceed FLOAT's range: A or B would then have infinities, with which an adapter is unusable.
     *
     * @return a phrase such as "the factors of A multiply up to 1.0E76, expected at most 3.4028235E38"; empty if the products are in
     *     range
     */
    public Optional<String> overflow() {
        return overflow("A", a).or(() -> overflow("B", b));
    }

    /** Returns an error if products of a named sum's factors exceed FLOAT's range; see {@link #overflow()}. */
    public static Optional<String> overflow(String matrix, KroneckerSum sum) {
        double most = sum.separationRank();
        for (INDArray factor : sum.factors()) {
            most *= factor.amaxNumber().doubleValue();
        }
        if (sum.termWeights() != null) {
            most *= sum.termWeights().amaxNumber().doubleValue();
        }
        return most <= Float.MAX_VALUE
                ? Optional.empty()
                : Optional.of("the factors of " + matrix + " multiply up to " + most + ", expected at most "
                        + Float.MAX_VALUE);
    }

    /** The number of trainable parameters. */
    public long parameterCount() {
        return a.parameterCount() + b.parameterCount();
    }
}
