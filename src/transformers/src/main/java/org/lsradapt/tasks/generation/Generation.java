package org.lsradapt.tasks.generation;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.language.Sampling;

/**
 * Settings for the continuation of a text.
 *
 * @param maxTokens the maximal number of tokens
 * @param sampling how each token is chosen
 * @param stops strings that end the text, and are not part of it; copied
 */
public record Generation(int maxTokens, Sampling sampling, List<String> stops) {
    private static final int MAX_TOKENS = 128;
    private static final Generation DEFAULTS = new Generation(MAX_TOKENS, Sampling.GREEDY, List.of());

    /** Checks the ranges. */
    public Generation {
        Require.argument(maxTokens >= 1, "generation: at most %d tokens, expected at least 1", maxTokens);
        stops = List.copyOf(stops);
        for (String stop : stops) {
            Require.argument(!stop.isEmpty(), "generation: a stop string is empty, expected text");
        }
    }

    /** At most 128 tokens, always the most probable one, no stop strings. */
    public static Generation defaults() {
        return DEFAULTS;
    }

    /** Returns a copy with another limit. */
    public Generation withMaxTokens(int tokens) {
        return new Generation(tokens, sampling, stops);
    }

    /** Returns a copy with another choice of tokens. */
    public Generation withSampling(Sampling other) {
        return new Generation(maxTokens, other, stops);
    }

    /** Returns a copy with these stop strings. */
    public Generation withStops(String... others) {
        return withStops(List.of(others));
    }

    /** Returns a copy with these stop strings. */
    public Generation withStops(List<String> others) {
        return new Generation(maxTokens, sampling, others);
    }
}
