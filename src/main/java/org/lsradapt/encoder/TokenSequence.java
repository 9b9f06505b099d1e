package org.lsradapt.encoder;

/**
 * One tokenized text, or pair of texts, with its special tokens and without padding.
 *
 * @param ids vocabulary indices, length >= 1; kept, not copied
 * @param typeIds token types (0 for the first text, 1 for the second), same length; kept, not copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record TokenSequence(int[] ids, int[] typeIds) {

    /** Checks that both arrays have one length of at least 1. */
    public TokenSequence {
        if (ids.length < 1 || ids.length != typeIds.length) {
            throw new IllegalArgumentException(
                    "token sequence: " + ids.length + " ids and " + typeIds.length + " type ids, expected one length >= 1");
        }
    }

    /** Number of tokens. */
    public int length() {
        return ids.length;
    }
}
