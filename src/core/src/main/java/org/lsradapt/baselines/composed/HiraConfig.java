package org.lsradapt.baselines.composed;

import java.util.LinkedHashMap;
import java.util.Map;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * ΔW = W∘U with U the update of another kind, which also sets initialization, scaling and seed. U is 0 at first, and so
 * is ΔW. Immutable, so threads may share it.
 *
 * @param update the configuration of U: an {@link LsrConfig}, a {@link KroneckerConfig} or a {@link MixedConfig}
 */
public record HiraConfig(AdapterConfig update) implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "hira";

    private static final double USUAL_RATE = 5e-3;

    /** Checks that U's kind can be a part of another kind. */
    public HiraConfig {
        Require.argument(
                update instanceof LsrConfig || update instanceof KroneckerConfig || update instanceof MixedConfig,
                "HiRA: the update is of kind '%s', expected lsr, kronecker or kronecker-mixed",
                update.kind());
    }

    /** HiRA as in the paper and in PEFT: ΔW = W∘(A·B), with A [in, r] drawn and B [r, out] 0. */
    public static HiraConfig of(int r) {
        return new HiraConfig(LsrConfig.lora(r, r));
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public long seed() {
        return update.seed();
    }

    @Override
    public HiraConfig withSeed(long seed) {
        return new HiraConfig(update.withSeed(seed));
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("factor of W", update.kind());
        settings.putAll(update.settings());
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return USUAL_RATE;
    }

    /** Computes the shape as {@link AdapterConfig#shape} does; also throws if the weight is not an array. */
    @Override
    public StackShape shape(FrozenLinear layer) {
        Require.argument(
                layer.weight().hasElements(),
                "the weight is packed, rounded or quantized; HiRA multiplies each of its numbers, which takes a matrix of"
                        + " that size in FP32 anyway; expected a base model in fp32");
        return ComposedStack.Shape.of(this, layer);
    }
}
