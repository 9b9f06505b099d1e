package org.lsradapt.tasks.classification;

import org.lsradapt.lsr.internal.Require;

/** The parts of a shared classifier that a key, such as a user, gets of its own; all others stay as they are. */
public enum KeyParts {
    /** The head: a number per class and feature. */
    HEAD("head", true, false),

    /** The coefficients of the shared adapter's terms, some hundred numbers. */
    COEFFICIENTS("coefficients", false, true),

    /** The coefficients of the shared adapter's terms, and the head. */
    COEFFICIENTS_AND_HEAD("coefficients+head", true, true),

    /** All numbers of the adapter, and the head. */
    ADAPTER_AND_HEAD("adapter", true, false);

    private final String label;
    private final boolean head;
    private final boolean coefficients;

    KeyParts(String label, boolean head, boolean coefficients) {
        this.label = label;
        this.head = head;
        this.coefficients = coefficients;
    }

    /** The name in options and reports, such as {@code coefficients+head}. */
    public String label() {
        return label;
    }

    /** Whether they include the head. */
    public boolean hasHead() {
        return head;
    }

    /** Whether they include the coefficients of terms that keys share. */
    public boolean hasCoefficients() {
        return coefficients;
    }

    /** Returns the parts of a label; the exception for an unknown one lists all. */
    public static KeyParts named(String label) {
        return Require.named("parts of a key", label, values(), KeyParts::label);
    }
}
