package org.lsradapt.baselines.frozen;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.weights.FrozenLinear;

/**
 * VeRA (Kopiczko et al., arXiv 2310.11454): ΔW = A·diag(d)·B·diag(b) with frozen random A and B that all layers share,
 * and trained vectors d [r] and b [out]. d is initialized to a constant and b to 0, so ΔW is 0 at first. Immutable, so
 * threads may share it.
 *
 * <p>A and B are bit-identical to the matrices that PEFT draws from {@code projection_prng_key}: A for the widest input
 * and B for the widest output of the adapted layers. A layer takes the first rows of A and the first columns of B.
 *
 * @param rank r ({@code r} in PEFT)
 * @param initial the initial value of d ({@code d_initial} in PEFT)
 * @param widestIn the input width for which A is drawn; 0 for each layer's own
 * @param widestOut the output width for which B is drawn; 0 for each layer's own
 * @param seed seed of A and B ({@code projection_prng_key} in PEFT); only its low 32 bits count
 */
public record VeraConfig(int rank, double initial, int widestIn, int widestOut, long seed) implements AdapterConfig {

    /** The {@link #kind()} of all configurations. */
    public static final String KIND = "vera";

    private static final int MOST = 1 << 16;
    private static final int MOST_NUMBERS = 1 << 26;
    private static final double INITIAL = 0.1;
    private static final double USUAL_RATE = 1e-2;

    /** Checks the ranges; widths are checked against a layer when it is adapted. */
    public VeraConfig {
        Require.argument(rank >= 1 && rank <= MOST, "VeRA: rank r is %d, expected 1 to %d", rank, MOST);
        Require.argument(Double.isFinite(initial), "VeRA: d begins with %s, expected a finite number", initial);
        Require.argument(
                widestIn >= 0 && widestOut >= 0,
                "VeRA: widths of A and B are %d and %d, expected >= 0",
                widestIn,
                widestOut);
    }

    /** A configuration with PEFT's defaults: d begins at 0.1, the seed is 1. The paper uses r from 256 to 1024. */
    public static VeraConfig of(int rank) {
        return new VeraConfig(rank, INITIAL, 0, 0, 1);
    }

    /** The same configuration with A and B drawn for the widest of layers of several sizes, as in PEFT. */
    public VeraConfig withWidest(int in, int out) {
        return new VeraConfig(rank, initial, in, out, seed);
    }

    @Override
    public String kind() {
        return KIND;
    }

    @Override
    public VeraConfig withSeed(long newSeed) {
        return new VeraConfig(rank, initial, widestIn, widestOut, newSeed);
    }

    @Override
    public Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("r", rank);
        settings.put("d at the start", initial);
        settings.put("widest inputs", widestIn == 0 ? "each layer's" : widestIn);
        settings.put("widest outputs", widestOut == 0 ? "each layer's" : widestOut);
        return settings;
    }

    @Override
    public double usualLearningRate() {
        return USUAL_RATE;
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        int in = layer.inFeatures();
        int out = layer.outFeatures();
        int drawnIn = widestIn == 0 ? in : widestIn;
        int drawnOut = widestOut == 0 ? out : widestOut;
        Require.argument(
                in <= drawnIn && out <= drawnOut,
                "the layer is [%d, %d], VeRA's matrices are drawn for [%d, %d]; expected the widest of all layers",
                in,
                out,
                drawnIn,
                drawnOut);
        Require.argument(
                (long) rank * Math.max(drawnIn, drawnOut) <= MOST_NUMBERS,
                "VeRA's matrices are drawn for [%d, %d] and r %d, expected no more than %d numbers in each",
                drawnIn,
                drawnOut,
                rank,
                MOST_NUMBERS);
        return new VeraStack.Shape(in, out, new Projection(rank, drawnIn, drawnOut, seed));
    }

    /** The names of a layer's parameters, d and b. */
    public static List<String> names(String layer) {
        return List.of(layer + ".vera_lambda_d", layer + ".vera_lambda_b");
    }
}
