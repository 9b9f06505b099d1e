package org.lsradapt.transformer.inputs;

import org.lsradapt.transformer.parts.Head;

/** The tokens of each sequence whose last hidden states are wanted; the last layer computes nothing else. */
public enum Rows {
    /** All tokens. */
    ALL,
    /** The first token. */
    FIRST,
    /** The token that the model's head takes as the last one. */
    LAST,
    /** The very last token. */
    END,
    /** The tokens whose mean a head reads: all tokens of a text, or the patches of an image. */
    MEAN,
    /** All tokens of an image: the first one, those whose mean a head reads, and those in between. */
    FIRST_AND_MEAN,
    /** The tokens that predict a token that was not given: from the last given one to the last but one. */
    PREDICTING;

    /** Returns the rows that a head reads. */
    public static Rows of(Head.Row row) {
        return switch (row) {
            case FIRST -> FIRST;
            case LAST -> LAST;
            case MEAN -> MEAN;
            case FIRST_AND_MEAN -> FIRST_AND_MEAN;
            case EACH -> ALL;
        };
    }

    /** Whether a head reads a mean of the rows, which is computed from the output of a pass. */
    public boolean isAveraged() {
        return this == MEAN || this == FIRST_AND_MEAN;
    }

    public int from(ModelInput sequence, Head head) {
        return switch (this) {
            case ALL, FIRST, FIRST_AND_MEAN -> 0;
            case LAST -> sequence instanceof TokenSequence text ? head.last().of(text.ids()) : sequence.length() - 1;
            case END -> sequence.length() - 1;
            case MEAN -> sequence.special();
            case PREDICTING -> sequence.given() - 1;
        };
    }

    public int to(ModelInput sequence, Head head) {
        return switch (this) {
            case ALL, END, MEAN, FIRST_AND_MEAN -> sequence.length();
            case FIRST -> 1;
            case LAST -> from(sequence, head) + 1;
            case PREDICTING -> sequence.length() - 1;
        };
    }
}
