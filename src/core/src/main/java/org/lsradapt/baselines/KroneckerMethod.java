package org.lsradapt.baselines;

import java.util.Locale;
import org.lsradapt.lsr.internal.Require;

/**
 * The method that a sum of Kronecker products follows: its products of thin matrices, its shared factors and its
 * initialization.
 */
public enum KroneckerMethod {
    /**
     * LoKr (Yeh et al., arXiv 2309.14859; PEFT): one term, whose second factor is a product of rank r. The
     * initialization is PEFT's default: the first factor is 0 and the second is drawn.
     */
    LOKR(false, true, false),
    /** KronA (Edalati et al., arXiv 2212.10650): one term of whole factors. */
    KRONA(false, false, false),
    /**
     * CDKA (arXiv 2602.01267): several terms of whole factors. The initialization is that of the authors' code: the
     * first factors are 0 and the second ones are drawn.
     */
    CDKA(false, false, false),
    /**
     * KAdaptation (He et al., arXiv 2203.16329): n terms, all factors products of rank r; all query projections share
     * first factors [n, n], all value projections share others, and so on. The first factors are initialized as in the
     * authors' code. That code sets both parts of the second ones to 0, which would keep all gradients at 0 forever;
     * the inner part is drawn here.
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

    /** Whether the first factors are products of rank r if r is not 0. */
    boolean thinFirst() {
        return thinFirst;
    }

    /** Whether the second factors are products of rank r if r is not 0. */
    boolean thinSecond() {
        return thinSecond;
    }

    /** Whether all layers of one size with the same last part of their names have the same first factors. */
    boolean sharesFirst() {
        return sharesFirst;
    }

    /** The name in options and files, such as {@code lokr}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Finds a method; the exception for an unknown label lists all. */
    public static KroneckerMethod named(String label) {
        return Require.named("Kronecker method", label, values(), KroneckerMethod::label);
    }
}
