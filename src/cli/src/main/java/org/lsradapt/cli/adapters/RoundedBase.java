package org.lsradapt.cli.adapters;

import java.io.PrintStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.transformer.weights.BasePrecision;

/** Notes of commands that use an adapter with base weights in another precision than in its training. */
final class RoundedBase {

    private RoundedBase() {}

    /** Prints a note if the adapter was trained on base weights in a precision other than the stored one. */
    static void noteOn(AdapterCard card, PrintStream out) {
        if (card.basePrecision() != BasePrecision.STORED) {
            out.println("note: the adapter was trained on a base model kept in "
                    + card.basePrecision().label()
                    + "; here the base model is used as stored in its files, and results differ slightly");
        }
    }
}
