package org.lsradapt.cli;

import java.io.PrintStream;
import org.lsradapt.adapters.AdapterCard;
import org.lsradapt.transformer.BasePrecision;

/** Warnings of commands that use an adapter with weights in another precision than it was trained on. */
final class RoundedBase {

    private RoundedBase() {}

    /** A note, where the adapter was trained on weights in a precision of their own. */
    static void noteOn(AdapterCard card, PrintStream out) {
        if (card.basePrecision() != BasePrecision.STORED) {
            out.println("note: the adapter was trained on a base model kept in "
                    + card.basePrecision().label()
                    + "; here the base model is used as stored in its files, and results differ slightly");
        }
    }
}
