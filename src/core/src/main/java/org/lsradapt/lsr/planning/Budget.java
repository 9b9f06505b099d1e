package org.lsradapt.lsr.planning;

import java.util.List;
import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/**
 * The number of trainable parameters that adapters may have; heads are not counted.
 *
 * @param limit the largest count, or the rank of {@link Scope#LORA_RANK}; at least 1
 */
public record Budget(Scope scope, long limit) {

    /** The quantity that a budget limits. */
    public enum Scope {
        /** All adapters together. */
        TOTAL,
        /** Each adapter. */
        PER_LAYER,
        /** Each adapter, by what plain LoRA of this rank would have on its layer: limit·(in + out). */
        LORA_RANK
    }

    /** Checks the limit. */
    public Budget {
        Require.argument(limit >= 1, "budget: %d, expected >= 1", limit);
    }

    /** A budget of {@code numbers} parameters in all adapters together. */
    public static Budget total(long numbers) {
        return new Budget(Scope.TOTAL, numbers);
    }

    /** A budget of {@code numbers} parameters in each adapter. */
    public static Budget perLayer(long numbers) {
        return new Budget(Scope.PER_LAYER, numbers);
    }

    /** A budget, in each adapter, of as many parameters as LoRA of this rank. */
    public static Budget ofLora(int rank) {
        return new Budget(Scope.LORA_RANK, rank);
    }

    /** The parameters that the budget allows on some layers, relative to those of plain LoRA with r = 1 on the same layers. */
    public double relativeToLora(List<LayerShape> layers) {
        double lora = layers.stream().mapToLong(LayerShape::perimeter).sum();
        return switch (scope) {
            case TOTAL -> limit / lora;
            case PER_LAYER -> limit * layers.size() / lora;
            case LORA_RANK -> limit;
        };
    }

    /** The largest s for which s·perTerm[l] parameters fit on each layer l; 0 if one term does not. */
    long largestTerms(List<LayerShape> layers, long[] perTerm) {
        long sum = 0;
        long most = Long.MAX_VALUE;
        for (int l = 0; l < perTerm.length; l++) {
            sum += perTerm[l];
            long share = scope == Scope.LORA_RANK ? limit * layers.get(l).perimeter() : limit;
            most = Math.min(most, share / perTerm[l]);
        }
        return scope == Scope.TOTAL ? limit / sum : most;
    }

    @Override
    public String toString() {
        return switch (scope) {
            case TOTAL -> String.format(Locale.ROOT, "%,d parameters in all", limit);
            case PER_LAYER -> String.format(Locale.ROOT, "%,d parameters per layer", limit);
            case LORA_RANK -> "as many parameters per layer as LoRA with r = " + limit;
        };
    }
}
