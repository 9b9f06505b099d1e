package org.lsradapt.families;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Positions;

/**
 * The angles of rotary positions, θ^(−2i/n) for the first n numbers of a head, with the scaling of a configuration.
 * Older files have it in {@code rope_scaling}, newer ones in {@code rope_parameters}. Like transformers, this class
 * prefers {@code rope_scaling} if a file has both, and θ inside the object to θ outside.
 */
final class RotaryScaling {
    private static final String SCALING = "rope_scaling";
    private static final String PARAMETERS = "rope_parameters";
    private static final String THETA = "rope_theta";
    private static final String PARTIAL = "partial_rotary_factor";
    private static final String FACTOR = "factor";
    private static final String LONG = "longrope";
    private static final String ATTENTION = "attention_factor";
    static final String ORIGINAL = "original_max_position_embeddings";

    private final JsonFields config;
    private final int positions;
    private final int size;
    private final int original;

    private RotaryScaling(JsonFields config, int positions, int size, int original) {
        this.config = config;
        this.positions = positions;
        this.size = size;
        this.original = original;
    }

    /** Returns the positions of a model whose layers have the same, which rotate all of a head of this size. */
    static Positions.Rotary of(JsonFields config, int positions, int size, double theta) throws IOException {
        Optional<JsonFields> scaling = config.isOff(SCALING) ? object(config, PARAMETERS) : object(config, SCALING);
        requireWholeHeads(config);
        if (scaling.isPresent()) {
            requireWholeHeads(scaling.get());
            scaling.get().requireOff("full_attention", "the layers' own rotary positions are not supported");
            scaling.get().requireOff("sliding_attention", "the layers' own rotary positions are not supported");
        }
        return new RotaryScaling(config, positions, size, 0).scaled(scaling, config.number(THETA, theta));
    }

    /** Returns positions of θ without scaling; all of a head is rotated. */
    static Positions.Rotary unscaled(int size, double theta) {
        double[] frequencies = new double[size / 2];
        Arrays.setAll(frequencies, i -> Math.pow(theta, -2.0 * i / size));
        return new Positions.Rotary(frequencies);
    }

    /** Returns positions like {@link #of(JsonFields, int, int, double)}, for layers with separate positions. */
    static Positions.Rotary of(JsonFields config, JsonFields scaling, int positions, int size, double theta)
            throws IOException {
        requireWholeHeads(scaling);
        return new RotaryScaling(config, positions, size, 0).scaled(Optional.of(scaling), theta);
    }

    /** Returns Phi-3's positions, which rotate a part of a head or all of it. LongRoPE is the only scaling. */
    static Positions.Rotary ofPart(JsonFields config, int positions, int size, double theta, int original)
            throws IOException {
        Optional<JsonFields> scaling = config.isOff(SCALING) ? object(config, PARAMETERS) : object(config, SCALING);
        double part = config.number(PARTIAL, 1);
        if (scaling.isPresent()) {
            String type = scaling.get().text("rope_type", scaling.get().text("type", "default"));
            if (!List.of("default", LONG, "su", "yarn").contains(type)) {
                throw scaling.get().failure("rope_type", "found " + type + ", expected default or " + LONG);
            }
            part = scaling.get().number(PARTIAL, part);
        }
        int turned = (int) (size * part);
        if (turned < 2 || turned > size || turned % 2 != 0) {
            throw config.failure(
                    PARTIAL,
                    "found " + part + ", which is " + turned + " of the " + size
                            + " numbers of a head, expected an even number of them");
        }
        return new RotaryScaling(config, positions, turned, original).scaled(scaling, config.number(THETA, theta));
    }

    private static Optional<JsonFields> object(JsonFields config, String name) throws IOException {
        return config.isOff(name) ? Optional.empty() : Optional.of(config.object(name));
    }

    private static void requireWholeHeads(JsonFields fields) throws IOException {
        if (fields.number(PARTIAL, 1) != 1) {
            throw fields.failure(PARTIAL, "only a factor of 1 is supported");
        }
    }

    private Positions.Rotary scaled(Optional<JsonFields> scaling, double usual) throws IOException {
        double theta = scaling.isPresent() ? scaling.get().number(THETA, usual) : usual;
        double[] frequencies = new double[size / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = Math.pow(theta, -2.0 * i / size);
        }
        if (scaling.isEmpty()) {
            return new Positions.Rotary(frequencies);
        }
        JsonFields fields = scaling.get();
        String type = fields.text("rope_type", fields.text("type", "default"));
        switch (type) {
            case "default" -> {}
            case "linear" -> {
                double factor = fields.number(FACTOR);
                Arrays.setAll(frequencies, i -> frequencies[i] / factor);
            }
            case "dynamic" ->
                // Scaling would only affect texts longer than the model's positions, which are rejected.
                fields.number(FACTOR);
            case LONG, "su" -> {
                return longer(frequencies, fields);
            }
            case "llama3" -> scaleByWavelength(frequencies, fields);
            case "yarn" -> {
                // The first files of Phi-3 use this name for LongRoPE.
                return original > 0 ? longer(frequencies, fields) : yarn(frequencies, fields, theta);
            }
            default ->
                throw fields.failure(
                        "rope_type", "found " + type + ", expected default, linear, dynamic, llama3, yarn or " + LONG);
        }
        return new Positions.Rotary(frequencies);
    }

    /** Returns the number of positions in the model's first training. */
    private int original(JsonFields scaling) throws IOException {
        return config.integer(ORIGINAL, original > 0 ? original : scaling.integer(ORIGINAL, positions));
    }

    /** Applies LLaMA 3.1's rule: long waves are slowed down, short ones kept, and those in between blended. */
    private void scaleByWavelength(double[] frequencies, JsonFields scaling) throws IOException {
        double factor = scaling.number(FACTOR);
        double low = scaling.number("low_freq_factor");
        double high = scaling.number("high_freq_factor");
        double original = original(scaling);
        for (int i = 0; i < frequencies.length; i++) {
            double waves = original * frequencies[i] / (2 * Math.PI);
            double kept = Math.max(0, Math.min(1, (waves - low) / (high - low)));
            frequencies[i] *= kept + (1 - kept) / factor;
        }
    }

    /**
     * Applies YaRN (Peng et al., arXiv 2309.00071). It blends like LLaMA 3.1's rule, but by the frequency's index,
     * between the frequencies that turn {@code beta_fast} and {@code beta_slow} times over the original positions. All
     * rotated numbers are multiplied by a factor.
     */
    private Positions.Rotary yarn(double[] frequencies, JsonFields scaling, double theta) throws IOException {
        double original = original(scaling);
        double factor = scaling.number(FACTOR, positions / original);
        double fast = index(nonZero(scaling, "beta_fast", 32), original, theta);
        double slow = index(nonZero(scaling, "beta_slow", 1), original, theta);
        boolean whole = scaling.flag("truncate", true);
        double low = Math.max(0, whole ? Math.floor(fast) : fast);
        double high = Math.min(size - 1, whole ? Math.ceil(slow) : slow);
        double span = high == low ? 0.001 : high - low;
        for (int i = 0; i < frequencies.length; i++) {
            double slowed = Math.max(0, Math.min(1, (i - low) / span));
            frequencies[i] *= 1 - slowed + slowed / factor;
        }
        double some = scaling.number("mscale", 0);
        double all = scaling.number("mscale_all_dim", 0);
        double usual = some != 0 && all != 0 ? growth(factor, some) / growth(factor, all) : growth(factor, 1);
        return new Positions.Rotary(frequencies, scaling.number(ATTENTION, usual));
    }

    /**
     * Applies LongRoPE (Ding et al., arXiv 2402.13753): each frequency is divided by its own number, and by another one
     * in sequences longer than the original positions. All rotated numbers are multiplied by a factor.
     */
    private Positions.Rotary longer(double[] frequencies, JsonFields scaling) throws IOException {
        int first = original(scaling);
        double factor = scaling.number(FACTOR, positions / (double) first);
        double usual = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(first));
        return new Positions.Rotary(
                divided(frequencies, scaling, "short_factor"),
                scaling.number(ATTENTION, usual),
                Optional.of(new Positions.Longer(first, divided(frequencies, scaling, "long_factor"))));
    }

    private static double[] divided(double[] frequencies, JsonFields scaling, String field) throws IOException {
        List<Double> factors = scaling.numbers(field);
        if (factors.size() != frequencies.length || factors.stream().anyMatch(factor -> factor <= 0)) {
            throw scaling.failure(
                    field, "has " + factors.size() + " numbers, expected " + frequencies.length + " above 0");
        }
        double[] divided = new double[frequencies.length];
        Arrays.setAll(divided, i -> frequencies[i] / factors.get(i));
        return divided;
    }

    /** Returns the fractional index of the frequency that turns the given number of times over the given positions. */
    private double index(double turns, double positions, double theta) {
        return size * Math.log(positions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
    }

    private static double growth(double factor, double scale) {
        return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
    }

    private static double nonZero(JsonFields fields, String name, double otherwise) throws IOException {
        double number = fields.number(name, otherwise);
        return number == 0 ? otherwise : number;
    }
}
