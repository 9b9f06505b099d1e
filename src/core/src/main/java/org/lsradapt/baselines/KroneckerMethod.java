package org.lsradapt.baselines;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/** Whose sum of Kronecker products it is: what is a product of two thin matrices, what is shared, and the start. */
public enum KroneckerMethod {
    /**
     * LoKr (Yeh et al., arXiv 2309.14859; PEFT): one term, whose second factor is a product of rank r. The
     * start is PEFT's default, the first factor 0 and the second drawn.
     */
    LOKR(false, true, false),
    /** KronA (Edalati et al., arXiv 2212.10650): one term of whole factors. */
    KRONA(false, false, false),
    /**
     * CDKA (arXiv 2602.01267): some terms of whole factors. The start is that of the authors' code, the first factors 0
     * and the second ones drawn.
     */
    CDKA(false, false, false),
    /**
     * KAdaptation (He et al., arXiv 2203.16329): n terms, the first factors [n, n] shared by all query projections, all
     * value projections and so on, all factors products of rank r. The first factors begin as in the authors' code; where that begins with both parts
     * of the second ones at 0, at which no gradient is anything but 0 for ever, the inner part is drawn here.
     */
    KADAPTATION(true, true, true);

    private final boolean thinFirst;
    private final boolean thinSecond;
    private final boolean sharesFirst;

    KroneckerMethod(boolean thinFirst, boolean thinSecond, boolean sharesFirst) {
        this.thinFirst = thinFirst;
        this.thinSecond = thinSecond;
        this.sharesFirst = sharesFirst;
    }

    /** Whether the first factors are products of rank r, where r is not 0. */
    boolean thinFirst() {
        return thinFirst;
    }

    /** Whether the second factors are products of rank r, where r is not 0. */
    boolean thinSecond() {
        return thinSecond;
    }

    /** Whether all layers of a size and of one last part of their names have the same first factors. */
    boolean sharesFirst() {
        return sharesFirst;
    }

    /** The name in options and files, such as {@code lokr}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Finds a method.
     *
     * @param label one of the labels
     * @return the method
     * @throws IllegalArgumentException if there is none of that label; the message lists them
     */
    public static KroneckerMethod named(String label) {
        return Require.named("Kronecker method", label, values(), KroneckerMethod::label);
    }
}
