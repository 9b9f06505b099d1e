package org.lsradapt.objectives;

import java.util.Locale;
import org.lsradapt.transformer.Rows;

/** How the last hidden states of a text's tokens become one vector. */
public enum Pooling {
    /** The first token's, {@code [CLS]} in BERT. */
    CLS,
    /** The mean over all tokens, special tokens included; there is no padding. */
    MEAN,
    /** The last token's, which alone has seen the whole text in a causal model. */
    LASTTOKEN;

    /** Its name in files. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Which hidden states it reads. */
    public Rows rows() {
        return switch (this) {
            case CLS -> Rows.FIRST;
            case MEAN -> Rows.ALL;
            case LASTTOKEN -> Rows.END;
        };
    }
}
