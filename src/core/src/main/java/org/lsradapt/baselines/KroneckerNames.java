package org.lsradapt.baselines;

import java.util.ArrayList;
import java.util.List;

/**
 * The names of a layer's parameters: {@code <layer>.kronecker_first [s, in₁, out₁]} for whole factors,
 * {@code kronecker_first_in [s, r, in₁]} and {@code kronecker_first_out [s, r, out₁]} for products; the second factors
 * likewise.
 */
public final class KroneckerNames {

    private KroneckerNames() {}

    public static List<String> of(String layer, KroneckerConfig config) {
        List<String> names = new ArrayList<>(first(layer, config));
        names.addAll(second(layer, config));
        return names;
    }

    public static List<String> first(String layer, KroneckerConfig config) {
        return names(layer + ".kronecker_first", config.firstRank());
    }

    public static List<String> second(String layer, KroneckerConfig config) {
        return names(layer + ".kronecker_second", config.secondRank());
    }

    private static List<String> names(String factor, int rank) {
        return rank == 0 ? List.of(factor) : List.of(factor + "_in", factor + "_out");
    }
}
