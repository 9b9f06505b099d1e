package org.lsradapt.transformer.inputs;

import java.nio.IntBuffer;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Require;

/**
 * A tokenized text or pair of texts, with its special tokens and without padding.
 *
 * @param ids vocabulary indices, length >= 1; kept, not copied
 * @param typeIds token types (0 for the first text, 1 for the second), same length; kept, not copied
 * @param given number of tokens that are given, not predicted, in next-token training: 1 … length; not read otherwise
 * @param labels the class of each token, or {@link #UNLABELLED}, in the training of token classifiers; empty if tokens
 *     have none; kept, not copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record TokenSequence(int[] ids, int[] typeIds, int given, int[] labels) implements ModelInput {

    /** The label of a token that a loss leaves out. */
    public static final int UNLABELLED = -1;

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
        Require.argument(
                labels.length == 0 || labels.length == ids.length,
                "token sequence: %d labels of %d tokens, expected one for each, or none",
                labels.length,
                ids.length);
    }

    /** Creates a sequence of tokens without labels. */
    public TokenSequence(int[] ids, int[] typeIds, int given) {
        this(ids, typeIds, given, new int[0]);
    }

    /** Creates a sequence in which all tokens except the first are predicted. */
    public TokenSequence(int[] ids, int[] typeIds) {
        this(ids, typeIds, 1);
    }

    /** The ids; a model's types follow from the texts. */
    @Override
    public Object identity() {
        return IntBuffer.wrap(ids);
    }

    /** The number of tokens. */
    @Override
    public int length() {
        return ids.length;
    }

    @Override
    public String toString() {
        return "TokenSequence[ids=" + ArrayText.of(ids) + ", typeIds=" + ArrayText.of(typeIds) + ", given=" + given
                + ", labels=" + ArrayText.of(labels) + "]";
    }
}
