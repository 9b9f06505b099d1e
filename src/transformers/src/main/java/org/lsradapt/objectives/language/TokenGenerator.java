package org.lsradapt.objectives.language;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.internal.ThreadGuard;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TransformerWeights;

/**
 * Continues token sequences with a causal language model, one token at a time. Keys and values of earlier tokens are
 * kept.
 *
 * <p>For one thread at a time: a call throws an {@link IllegalStateException} and changes nothing if another thread's
 * call is in progress or the generator is closed. The owners of weights and updates close them.
 */
public final class TokenGenerator implements AutoCloseable {
    private final TransformerWeights weights;
    private final Backend backend;
    private final NextTokenPass pass;
    private final ThreadGuard guard = new ThreadGuard(
            "the generator",
            "the generator is closed",
            "it is for one thread at a time: give each thread one of its own");

    /**
     * Creates a generator that computes in this process.
     *
     * @param weights a causal model; kept
     * @param backend computes the matrix products
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
     * @param passes opens the pass
     * @throws IllegalArgumentException if the model does not predict tokens, or as {@link PassFactory#nextTokens}
     * @throws IllegalStateException as {@link PassFactory#nextTokens}
     */
    public TokenGenerator(TransformerWeights weights, Backend backend, PassFactory passes) {
        Require.argument(
                weights.model().isCausal() && weights.vocabularyWeight().isPresent(),
                "generation: the model is not a causal language model, expected one such as LLaMA");
        this.weights = weights;
        this.backend = backend;
        pass = passes.nextTokens(weights, backend);
    }

    /**
     * Continues a sequence.
     *
     * @param prompt the tokens so far, at least one; not modified
     * @param updates the adapters' updates of the layers' products; empty for the base model
     * @param sampling how each token is chosen
     * @param maxTokens the most tokens to add; fewer if the model runs out of positions
     * @param ends tokens that end the text; the ending token is not returned
     * @param next called with each chosen token; false ends the text after it
     * @return the new tokens
     * @throws IllegalArgumentException if the prompt is empty, leaves no position for a new token, or has a token out
     *     of range
     * @throws NonFiniteOutputException if a logit is NaN or infinite
     * @throws IllegalStateException if the pass has too little memory
     */
    public int[] generate(
            int[] prompt,
            Optional<DenseUpdates> updates,
            Sampling sampling,
            int maxTokens,
            Set<Integer> ends,
            IntPredicate next) {
        int room = weights.model().maxTokens() - prompt.length;
        Require.argument(prompt.length >= 1, "generation: the prompt has no tokens, expected at least one");
        Require.argument(
                room >= 1,
                "generation: the prompt has %d tokens, the model has positions for %d, the new ones included",
                prompt.length,
                weights.model().maxTokens());
        Require.argument(maxTokens >= 1, "generation: at most %d tokens, expected at least 1", maxTokens);
        int most = Math.min(room, maxTokens);
        int[] chosen = new int[most];
        int count = 0;
        int usual = weights.model().usualLength().orElse(Integer.MAX_VALUE);
        Random random = SplitMix64.random(sampling.seed());
        try (ThreadGuard.Call call = guard.enter("generate");
                Backend.Pass scope = backend.openPass();
                NextTokenPass.Sequence sequence = pass.begin(prompt.length + most, updates)) {
            int[] tokens = prompt;
            BitSet present = new BitSet();
            while (count < most) {
                IntStream.of(tokens).forEach(present::set);
                int past = sequence.tokens();
                if (past > 0 && past <= usual && usual < past + tokens.length) {
                    sequence.clear();
                    tokens = Arrays.copyOf(prompt, prompt.length + count);
                    System.arraycopy(chosen, 0, tokens, prompt.length, count);
                }
                double[] z = capped(sequence.logits(tokens));
                sampling.penalize(z, present);
                int token = sampling.choose(z, random);
                if (ends.contains(token)) {
                    break;
                }
                chosen[count++] = token;
                if (!next.test(token)) {
                    break;
                }
                tokens = new int[] {token};
            }
        }
        return Arrays.copyOf(chosen, count);
    }

    private double[] capped(double[] z) {
        weights.model().logitCap().ifPresent(cap -> Arrays.setAll(z, i -> cap * Math.tanh(z[i] / cap)));
        return NonFiniteOutputException.requireLogits(z);
    }

    @Override
    public void close() {
        try (ThreadGuard.Call call = guard.enterOpenOrClosed("close")) {
            guard.setClosed();
            pass.close();
        }
    }
}
