package org.lsradapt.lsr;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The names of the trainable arrays of one Kronecker sum of an adapter, as {@link LsrAdapter#parameters()} has them.
 * Immutable, so threads may share them.
 *
 * @param factors one name per factor, such as {@code query.lsr_A1}, {@code query.lsr_A2}; for plain LoRA
 *     {@code query.lora_A}
 * @param termWeights the name of λ, such as {@code query.lsr_A_lambda}; null without λ
 */
public record ParameterNames(List<String> factors, @Nullable String termWeights) {

    /** The names of A's arrays in a layer's adapter. */
    public static ParameterNames ofA(String layer, LsrConfig config) {
        return of(layer, config, "A");
    }

    /** The names of B's arrays in a layer's adapter. */
    public static ParameterNames ofB(String layer, LsrConfig config) {
        return of(layer, config, "B");
    }

    private static ParameterNames of(String layer, LsrConfig config, String side) {
        if (config.isLora()) {
            return new ParameterNames(List.of(layer + ".lora_" + side), null);
        }
        List<String> factors = IntStream.rangeClosed(1, config.factorCount())
                .mapToObj(i -> layer + ".lsr_" + side + i)
                .toList();
        return new ParameterNames(factors, config.termWeights() ? layer + ".lsr_" + side + "_lambda" : null);
    }
}
