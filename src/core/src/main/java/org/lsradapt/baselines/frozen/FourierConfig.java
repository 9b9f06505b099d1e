package org.lsradapt.baselines.frozen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * FourierFT (Gao et al., arXiv 2405.03003): ΔWᵀ = α·Re(ifft2(F)), where F [out, in] is 0 except for n trained
 * coefficients, at places drawn once for all layers of a size. As in the paper, coefficients are initialized N(0, 1),
 * so that ΔW is not 0 at first. Immutable, so threads may share it.
 *
 * <p>PEFT draws the same places from {@code random_loc_seed}.
 *
 * @param coefficients n ({@code n_frequency} in PEFT)
 * @param alpha α ({@code scaling} in PEFT)
 * @param zeroStart whether coefficients are initialized to 0 ({@code init_weights} in PEFT)
 * @param seed seed of the places; with the layer's name it also determines the layer's coefficients
 */
public record FourierConfig(int coefficients, double alpha, boolean zeroStart, long seed) implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "fourierft";

    /** For weights with more elements PyTorch draws places in another way. */
    private static final long MOST_NUMBERS = 0xFFFFFFFFL / 20;

    private static final double ALPHA = 150;
    private static final double USUAL_RATE = 5e-2;

    /** Checks the ranges; n is checked against a layer when it is adapted. */
    public FourierConfig {
        Require.argument(coefficients >= 1, "FourierFT: %d coefficients, expected >= 1", coefficients);
        Require.argument(Double.isFinite(alpha), "FourierFT: alpha is %s, expected a finite number", alpha);
    }

    /** A configuration with PEFT's α of 150. */
    public static FourierConfig of(int coefficients) {
        return new FourierConfig(coefficients, ALPHA, false, 1);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public FourierConfig withSeed(long newSeed) {
        return new FourierConfig(coefficients, alpha, zeroStart, newSeed);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("coefficients", coefficients);
        settings.put("alpha", alpha);
        settings.put("start", zeroStart ? "zero" : "normal");
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return USUAL_RATE;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        long numbers = (long) layer.inFeatures() * layer.outFeatures();
        Require.argument(
                coefficients <= numbers && numbers < MOST_NUMBERS,
                "FourierFT: %d coefficients for a weight [%d, %d], expected no more than it has numbers, and fewer than"
                        + " %d of those",
                coefficients,
                layer.inFeatures(),
                layer.outFeatures(),
                MOST_NUMBERS);
        return FourierStack.Shape.of(layer.inFeatures(), layer.outFeatures(), this);
    }

    /** The names of a layer's parameters: the coefficients. */
    public static List<String> names(String layer) {
        return List.of(layer + ".fourierft_spectrum");
    }
}
