package org.lsradapt.objectives.language;

import java.util.Optional;
import java.util.Set;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.internal.Require;

/**
 * A sequence to continue, and how.
 *
 * @param prompt the tokens so far, at least one; copied
 * @param updates the adapters' updates of the layers' products; empty for the base model
 * @param sampling how each token is chosen
 * @param maxTokens the most tokens to add; fewer if the model runs out of positions
 * @param ends tokens that end the text, and are not part of it; copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record TokenRequest(
        int[] prompt, Optional<DenseUpdates> updates, Sampling sampling, int maxTokens, Set<Integer> ends) {

    /** Checks that there is a prompt, and room for a token. */
    public TokenRequest {
        Require.argument(prompt.length >= 1, "generation: the prompt has no tokens, expected at least one");
        Require.argument(maxTokens >= 1, "generation: at most %d tokens, expected at least 1", maxTokens);
        prompt = prompt.clone();
        ends = Set.copyOf(ends);
    }

    @Override
    public String toString() {
        return prompt.length + " tokens, at most " + maxTokens + " more, " + sampling;
    }
}
