package org.lsradapt.transformer;

import java.nio.IntBuffer;

/**
 * One tokenized text, or pair of texts, with its special tokens and without padding.
 *
 * @param ids vocabulary indices, length >= 1; kept, not copied
 * @param typeIds token types (0 for the first text, 1 for the second), same length; kept, not copied
 * @param given how many tokens are given and not to be predicted, in next-token training: 1 … length; no other use
 *     reads it
 */
@SuppressWarnings("ArrayRecordComponent")
public record TokenSequence(int[] ids, int[] typeIds, int given) implements ModelInput {

    /** Checks the lengths. */
    public TokenSequence {
        if (ids.length < 1 || ids.length != typeIds.length) {
            throw new IllegalArgumentException("token sequence: " + ids.length + " ids and " + typeIds.length
                    + " type ids, expected one length >= 1");
        }
        if (given < 1 || given > ids.length) {
            throw new IllegalArgumentException(
                    "token sequence: " + given + " given tokens of " + ids.length + ", expected 1 to " + ids.length);
        }
    }

    /** A sequence of which all tokens but the first are to be predicted. */
    public TokenSequence(int[] ids, int[] typeIds) {
        this(ids, typeIds, 1);
    }

    /** The ids: a model's types follow from the texts. */
    @Override
    public Object identity() {
        return IntBuffer.wrap(ids);
    }

    /** Number of tokens. */
    @Override
    public int length() {
        return ids.length;
    }
}
