package org.lsradapt.lsr.internal;

import java.util.BitSet;
import java.util.List;
import java.util.function.IntPredicate;
import org.lsradapt.lsr.internal.BoundedPattern.Steps;

/** A part of a {@link BoundedPattern}, by where in a text it ends if it begins at given places. */
@FunctionalInterface
interface PatternPart {

    /**
     * Where the part can end.
     *
     * @param starts where it begins, from 0 to the text's length; not modified
     * @param text its characters
     * @param steps counts the places that are looked at
     * @return a set of such places, which may be {@code starts} itself
     */
    BitSet ends(BitSet starts, int[] text, Steps steps);

    /**
     * One character.
     *
     * @param cost of a test, in steps
     */
    static PatternPart character(IntPredicate one, int cost) {
        return (starts, text, steps) -> {
            steps.take(starts, cost);
            BitSet ends = new BitSet();
            for (int at = starts.nextSetBit(0); at >= 0 && at < text.length; at = starts.nextSetBit(at + 1)) {
                ends.set(at + 1, one.test(text[at]));
            }
            return ends;
        };
    }

    /** The beginning of the text, or its end. */
    static PatternPart edge(boolean end) {
        return (starts, text, steps) -> {
            steps.take(starts, 1);
            BitSet ends = new BitSet();
            int edge = end ? text.length : 0;
            ends.set(edge, starts.get(edge));
            return ends;
        };
    }

    /** One part behind the other; of none, the empty text. */
    static PatternPart sequence(List<PatternPart> parts) {
        return (starts, text, steps) -> {
            BitSet ends = starts;
            for (PatternPart part : parts) {
                ends = part.ends(ends, text, steps);
            }
            return ends;
        };
    }

    /** One part or another. */
    static PatternPart alternatives(List<PatternPart> parts) {
        return (starts, text, steps) -> {
            BitSet ends = new BitSet();
            for (PatternPart part : parts) {
                steps.take(starts, 1);
                ends.or(part.ends(starts, text, steps));
            }
            return ends;
        };
    }

    /** A part several times. */
    static PatternPart repeated(PatternPart part, int least, int most) {
        return (starts, text, steps) -> {
            BitSet reached = starts;
            for (int i = 0; i < least; i++) {
                steps.take(reached, 1);
                BitSet next = part.ends(reached, text, steps);
                if (next.equals(reached)) {
                    // It stays so.
                    break;
                }
                reached = next;
            }
            BitSet ends = (BitSet) reached.clone();
            for (int i = least; i < most && !reached.isEmpty(); i++) {
                steps.take(reached, 1);
                reached = (BitSet) part.ends(reached, text, steps).clone();
                // From the others it was tried before.
                reached.andNot(ends);
                ends.or(reached);
            }
            return ends;
        };
    }

    /** Places from which a part matches something, or from which it does not. */
    static PatternPart lookahead(PatternPart part, boolean wanted) {
        return (starts, text, steps) -> {
            BitSet ends = new BitSet();
            for (int at = starts.nextSetBit(0); at >= 0; at = starts.nextSetBit(at + 1)) {
                BitSet one = new BitSet();
                one.set(at);
                steps.take(one, 1);
                ends.set(at, part.ends(one, text, steps).isEmpty() != wanted);
            }
            return ends;
        };
    }
}
