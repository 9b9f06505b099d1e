package org.lsradapt.objectives.language;

import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;

/**
 * Continues token sequences with a causal language model. The sequences of all calling threads share each pass over the
 * weights, whatever their adapters, lengths and settings; they begin and end between tokens. Each has the tokens that it
 * has alone: to the bit in FLOAT on ND4J's CPU backend, else up to rounding in the last digits. A prompt that begins
 * with 128 or more tokens of an earlier one, with the same adapter, takes over their keys and values, a multiple of 128.
 *
 * <p>Safe for many threads. A sequence that does not fit the {@link GenerationLimits} waits for others to end. The
 * owners of weights and updates close them.
 */
public final class TokenGenerator implements AutoCloseable {
    private final TransformerWeights weights;
    private final TokenLoop loop;

    /**
     * Creates a generator that computes in this process.
     *
     * @param weights a causal model; kept
     * @throws IllegalArgumentException if the model does not predict tokens
     */
    public TokenGenerator(TransformerWeights weights, Backend backend) {
        this(weights, backend, PassFactory.here(backend));
    }

    /**
     * Creates a generator whose logits are computed elsewhere; tokens are chosen in this process.
     *
     * @param weights a causal model; kept
     * @param backend computes the matrix products in this process
     * @throws IllegalArgumentException if the model does not predict tokens, or as {@link PassFactory#nextTokens}
     * @throws IllegalStateException as {@link PassFactory#nextTokens}
     */
    public TokenGenerator(TransformerWeights weights, Backend backend, PassFactory passes) {
        this(weights, backend, passes, GenerationLimits.standard());
    }

    /**
     * Creates a generator with limits.
     *
     * @param weights a causal model; kept
     * @param backend computes the matrix products in this process
     * @param limits the sequences that are computed at once, and their memory
     * @throws IllegalArgumentException if the model does not predict tokens, or as {@link PassFactory#nextTokens}
     * @throws IllegalStateException as {@link PassFactory#nextTokens}
     */
    public TokenGenerator(TransformerWeights weights, Backend backend, PassFactory passes, GenerationLimits limits) {
        Require.argument(
                weights.model().isCausal() && weights.vocabularyWeight().isPresent(),
                "generation: the model is not a causal language model, expected one such as LLaMA");
        this.weights = weights;
        loop = new TokenLoop(weights, backend, passes, limits);
    }

    /**
     * Returns the generator that everything on these weights shares, which is closed with the weights.
     *
     * @param backend computes the matrix products in this process
     * @param passes opens the passes; equal ones share a generator
     * @throws IllegalArgumentException if the model does not predict tokens
     */
    public static TokenGenerator shared(TransformerWeights weights, Backend backend, PassFactory passes) {
        return weights.attached(
                List.of(TokenGenerator.class, passes),
                () -> new TokenGenerator(weights, backend, passes),
                TokenGenerator::close);
    }

    /**
     * Continues a sequence, and waits for its end.
     *
     * @param request the sequence; its updates are not used after the call
     * @param next called with each chosen token, in this thread; false ends the text after it. An exception that it throws
     *     ends the text and is thrown to the caller
     * @param cancelled whether to give up; asked between tokens, by another thread
     * @return the new tokens
     * @throws IllegalArgumentException if the prompt leaves no position for a new token, or has a token out of range; or
     *     as {@link PassFactory#nextTokens}
     * @throws NonFiniteOutputException if a logit is NaN or infinite
     * @throws java.util.concurrent.CancellationException if the caller has given up
     * @throws IllegalStateException if the pass has too little memory, or the generator is closed
     */
    public int[] generate(TokenRequest request, IntPredicate next, BooleanSupplier cancelled) {
        int length = request.prompt().length;
        int room = weights.model().maxTokens() - length;
        Require.argument(
                room >= 1,
                "generation: the prompt has %d tokens, the model has positions for %d, the new ones included",
                length,
                weights.model().maxTokens());
        int usual = weights.model().usualLength().orElse(Integer.MAX_VALUE);
        Continuation text = new Continuation(request, cancelled, Math.min(room, request.maxTokens()), usual);
        loop.add(text);
        return text.take(next);
    }

    TokenLoop.Counts counts() {
        return loop.counts();
    }

    /** Ends running calls with an {@link IllegalStateException}, and frees the memory; a second call does nothing. */
    @Override
    public void close() {
        loop.close();
    }
}
