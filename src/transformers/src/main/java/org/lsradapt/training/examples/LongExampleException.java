package org.lsradapt.training.examples;

import java.util.Locale;

/** Thrown if a training example has more tokens than a batch may have. */
public final class LongExampleException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public LongExampleException(int index, int tokens, int most) {
        super(String.format(
                Locale.ROOT,
                "training: example %d has %d tokens, a batch may have %d; expected batch tokens of at least the longest"
                        + " example's, or a smaller max length",
                index,
                tokens,
                most));
    }
}
