package org.lsradapt.baselines.frozen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * MiSS (Kang and Yin, arXiv 2409.15371): ΔW = 1 ⊗ D, r trained rows D [r, out] repeated over the inputs, so that input i
 * has row i mod r. D is initialized to 0, and so is ΔW. Immutable, so threads may share it.
 *
 * <p>PEFT's variants {@code bat}, whose update depends on W, and {@code mini} are not supported.
 *
 * @param rank r ({@code r} in PEFT), at most the input width; the last repetition may be incomplete
 * @param seed not used: nothing is drawn
 */
public record MissConfig(int rank, long seed) implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "miss";

    /** Checks the range; r is checked against a layer when it is adapted. */
    public MissConfig {
        Require.argument(rank >= 1, "MiSS: rank r is %d, expected >= 1", rank);
    }

    /** A configuration for a rank. */
    public static MissConfig of(int rank) {
        return new MissConfig(rank, 1);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public MissConfig withSeed(long newSeed) {
        return new MissConfig(rank, newSeed);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("r", rank);
        return settings;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        Require.argument(
                rank <= layer.inFeatures(),
                "MiSS: rank r is %d, expected at most the input width %d",
                rank,
                layer.inFeatures());
        return new MissStack.Shape(layer.inFeatures(), layer.outFeatures(), rank);
    }

    /** The names of a layer's parameters: D. */
    public static List<String> names(String layer) {
        return List.of(layer + ".miss_block");
    }
}
