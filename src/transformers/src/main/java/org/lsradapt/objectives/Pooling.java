package org.lsradapt.objectives;

import java.util.Locale;
import org.lsradapt.transformer.inputs.Rows;

/** Combines the last hidden states of a text's tokens into one vector. */
public enum Pooling {
    /** The state of the first token, {@code [CLS]} in BERT. */
    CLS,
    /** The mean over all tokens, including special tokens; there is no padding. */
    MEAN,
    /** The state of the last token, the only one that has seen the whole text in a causal model. */
    LASTTOKEN;

    /** The name in files. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The hidden states that it reads. */
    public Rows rows() {
        return switch (this) {
            case CLS -> Rows.FIRST;
            case MEAN -> Rows.ALL;
            case LASTTOKEN -> Rows.END;
        };
    }
}
