package org.lsradapt.transformer;

import java.util.Optional;
import org.lsradapt.lsr.DenseUpdates;

/**
 * Continues sequences with a causal model, whose keys and values of earlier tokens are kept, so that the next token costs no
 * more than itself. A {@link PassFactory} opens it. For one thread at a time.
 */
public interface NextTokenPass extends AutoCloseable {

    /** The tokens of one sequence so far. Closing it forgets them. */
    interface Sequence extends AutoCloseable {

        /** How many tokens there are. */
        int tokens();

        /** Forgets all tokens. */
        void clear();

        /**
         * Adds tokens.
         *
         * @param ids the next tokens, at least one; not modified
         * @return for each token of the vocabulary its logit behind them, without the model's cap; new
         * @throws IllegalArgumentException if an id is out of range, or there is no room for so many tokens
         * @throws IllegalStateException if updates are merged into the weights, or there is too little memory
         */
        double[] logits(int[] ids);

        @Override
        void close();
    }

    /**
     * Begins a sequence. The one before must be closed.
     *
     * @param capacity for how many tokens, at most those that the model has positions for
     * @param updates what to add to the layers' products, kept until the sequence is closed; empty for nothing
     * @return the sequence, without tokens, which the caller closes
     * @throws IllegalArgumentException if the model has no positions for so many tokens
     * @throws IllegalStateException if there is too little memory; the message says what it would take
     */
    Sequence begin(int capacity, Optional<DenseUpdates> updates);

    @Override
    void close();
}
