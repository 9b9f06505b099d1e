package org.lsradapt.objectives;

import org.lsradapt.transformer.Rows;

/** How the last hidden states of a text's tokens become one vector. */
public enum Pooling {
    /** The first token's, {@code [CLS]} in BERT. */
    FIRST,
    /** The mean over all tokens, special tokens included; there is no padding. */
    MEAN;

    /** Which hidden states it reads. */
    public Rows rows() {
        return this == FIRST ? Rows.FIRST : Rows.ALL;
    }
}
