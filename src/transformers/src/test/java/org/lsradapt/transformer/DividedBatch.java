package org.lsradapt.transformer;

import java.util.List;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;

/** For tests that must know that a pass divides their batch. */
public final class DividedBatch {

    private DividedBatch() {}

    /** Into how many parts a pass over all tokens divides a batch. */
    public static int parts(List<TokenSequence> batch, Transformer model, int lanes) {
        return BatchSplit.of(TokenBatch.of(batch, model, Rows.ALL), model.width(), lanes)
                .size();
    }
}
