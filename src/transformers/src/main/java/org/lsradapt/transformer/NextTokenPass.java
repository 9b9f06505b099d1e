package org.lsradapt.transformer;

import java.util.Optional;
import org.lsradapt.lsr.DenseUpdates;

/**
 * Continues sequences with a causal model. It keeps keys and values of earlier tokens, so that only the next token must
 * be computed. A {@link PassFactory} opens it. For one thread at a time.
 */
public interface NextTokenPass extends AutoCloseable {

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

        @Override
        void close();
    }

    /**
     * Begins a sequence. The previous one must be closed.
     *
     * @param capacity number of tokens to hold, at most the model's positions
     * @param updates updates of the layers' products, kept until the sequence is closed; empty for none
     * @return the sequence, still empty, which the caller closes
     * @throws IllegalArgumentException if the model has fewer positions
     * @throws IllegalStateException if there is too little memory; the message says how much is needed
     */
    Sequence begin(int capacity, Optional<DenseUpdates> updates);

    @Override
    void close();
}
