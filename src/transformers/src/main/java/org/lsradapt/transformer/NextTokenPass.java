package org.lsradapt.transformer;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.DenseUpdates;

/**
 * Continues sequences with a causal model. It keeps keys and values of earlier tokens, so that only the next token must
 * be computed. A {@link PassFactory} opens it. For one thread at a time.
 */
public interface NextTokenPass extends AutoCloseable {

    /** Keys and values of some tokens, which sequences that begin with the same tokens can take over. */
    interface Kept extends AutoCloseable {

        @Override
        void close();
    }

    /** The tokens of one sequence. Closing it forgets them. */
    interface Sequence extends AutoCloseable {

        /** The number of tokens so far. */
        int tokens();

        /** Forgets all tokens. */
        void clear();

        /**
         * Adds tokens.
         *
         * @param ids the next tokens, at least one; not modified
         * @return the logit of each token of the vocabulary as the next one, without the model's cap; new
         * @throws IllegalArgumentException if an id is out of range, or there is no room for the tokens
         * @throws IllegalStateException if updates are merged into the weights, or there is too little memory
         */
        double[] logits(int[] ids);

        /**
         * Adds tokens that are followed by others. The default computes as {@link #logits}.
         *
         * @param ids the next tokens, at least one; not modified
         * @param length the number of tokens of the sequence that are known, with those before and after these
         */
        default void add(int[] ids, int length) {
            logits(ids);
        }

        /**
         * Copies the keys and values of some of the sequence's tokens.
         *
         * @param to the token after the last
         * @return the copy, which the caller closes; empty if the pass has none, as by default
         */
        default Optional<Kept> keep(int from, int to) {
            return Optional.empty();
        }

        /** Adds tokens whose keys and values another sequence of this pass's model and updates has kept. */
        default void add(Kept kept) {
            throw new UnsupportedOperationException("the pass keeps no tokens");
        }

        @Override
        void close();
    }

    /**
     * Begins a sequence. The previous one must be closed, unless several may be {@linkplain #together open}.
     *
     * @param capacity number of tokens to hold, at most the model's positions
     * @param updates updates of the layers' products, kept until the sequence is closed; empty for none
     * @return the sequence, still empty, which the caller closes
     * @throws IllegalArgumentException if the model has fewer positions
     * @throws IllegalStateException if there is too little memory; the message says how much is needed
     */
    Sequence begin(int capacity, Optional<DenseUpdates> updates);

    /** Whether several sequences may be open, and {@link #logits} computes them together; by default one is. */
    default boolean together() {
        return false;
    }

    /**
     * Adds one token to each of several sequences. Each gets the logits that it gets alone, to the bit where the backend
     * has {@linkplain org.lsradapt.lsr.backend.Backend#withRowsAlone rows alone}.
     */
    default double[][] logits(List<Sequence> sequences, int[] next) {
        double[][] logits = new double[next.length][];
        for (int i = 0; i < next.length; i++) {
            logits[i] = sequences.get(i).logits(new int[] {next[i]});
        }
        return logits;
    }

    @Override
    void close();
}
