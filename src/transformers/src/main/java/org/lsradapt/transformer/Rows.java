package org.lsradapt.transformer;

import org.lsradapt.transformer.parts.Head;

/** Which tokens' last hidden states are wanted of each sequence; nothing else of the last layer is computed. */
public enum Rows {
    /** Those of all tokens. */
    ALL,
    /** That of the first token. */
    FIRST,
    /** That of the token that the model's head takes for the last one. */
    LAST,
    /** That of the last token of all. */
    END,
    /** Those whose mean a head reads: all of a text, and of an image those of its patches. */
    MEAN,
    /** All of an image: the first one and those whose mean a head reads, and what lies between. */
    FIRST_AND_MEAN,
    /** Those from which a token is predicted that was not given: the last given one to the last but one. */
    PREDICTING;

    /** The rows that a head reads. */
    public static Rows of(Head.Row row) {
        return switch (row) {
            case FIRST -> FIRST;
            case LAST -> LAST;
            case MEAN -> MEAN;
            case FIRST_AND_MEAN -> FIRST_AND_MEAN;
            case EACH -> ALL;
        };
    }

    /** Whether a head reads a mean of them, which is computed of what a pass gives. */
    public boolean isAveraged() {
        return this == MEAN || this == FIRST_AND_MEAN;
    }

    int from(ModelInput sequence, Head head) {
        return switch (this) {
            case ALL, FIRST, FIRST_AND_MEAN -> 0;
            case LAST -> sequence instanceof TokenSequence text ? head.last().of(text.ids()) : sequence.length() - 1;
            case END -> sequence.length() - 1;
            case MEAN -> sequence.special();
            case PREDICTING -> sequence.given() - 1;
        };
    }

    int to(ModelInput sequence, Head head) {
        return switch (this) {
            case ALL, END, MEAN, FIRST_AND_MEAN -> sequence.length();
            case FIRST -> 1;
            case LAST -> from(sequence, head) + 1;
            case PREDICTING -> sequence.length() - 1;
        };
    }
}
