package org.lsradapt.cuda.interpreter;

/**
 * One instruction.
 *
 * @param kind what it does to the flow of control
 * @param guard row of the predicate without which it does nothing, or -1
 * @param negated whether the predicate has to be false
 * @param target where a branch leads
 * @param effect what it does otherwise
 * @param text as in the PTX
 */
record Step(Kind kind, int guard, boolean negated, int target, Effect effect, String text) {

    Step with(Effect other) {
        return new Step(kind, guard, negated, target, other, text);
    }

    /** Flow of control. */
    enum Kind {
        PLAIN,
        BRANCH,
        BARRIER,
        EXIT
    }

    /** The effect of an instruction for some lanes of a warp. */
    @FunctionalInterface
    interface Effect {
        void apply(Warp warp, int lanes);
    }
}
