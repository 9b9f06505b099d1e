package org.lsradapt.finetuning;

import java.util.List;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Sampling;

/**
 * How a text is continued.
 *
 * @param maxTokens how many tokens at most
 * @param sampling how each token is chosen
 * @param stops strings that end the text where one of them appears; it is not part of the text. Copied
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

    /** The same with another limit. */
    public Generation withMaxTokens(int tokens) {
        return new Generation(tokens, sampling, stops);
    }

    /** The same with another choice of tokens. */
    public Generation withSampling(Sampling other) {
        return new Generation(maxTokens, other, stops);
    }

    /** The same with these stop strings. */
    public Generation withStops(String... others) {
        return new Generation(maxTokens, sampling, List.of(others));
    }
}
