package org.lsradapt.data;

import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import org.lsradapt.lsr.internal.Require;

/** What a model should predict for an {@link Example}. Immutable. */
public sealed interface Label {

    /** The label of an example whose answer is not known. */
    Label UNKNOWN = Unknown.INSTANCE;

    /** See {@link Label#UNKNOWN}. */
    enum Unknown implements Label {
        INSTANCE;

        @Override
        public String toString() {
            return "unknown";
        }
    }

    /**
     * One of a few classes.
     *
     * @param index the index of the class in {@link Task#labels()}
     */
    record Category(int index) implements Label {
        @Override
        public String toString() {
            return "class " + index;
        }
    }

    /**
     * A number, the value of a regression.
     *
     * @param value a finite number
     */
    record Value(double value) implements Label {
        /** Checks that the number is finite. */
        public Value {
            Require.argument(Double.isFinite(value), "label: the value is %s, expected a finite number", value);
        }

        @Override
        public String toString() {
            return "value " + value;
        }
    }

    /**
     * Any number of labels at once.
     *
     * @param indices the indices of the labels in {@link Task#labels()}; copied
     */
    record Several(SortedSet<Integer> indices) implements Label {
        /** Copies the set. */
        public Several {
            indices = Collections.unmodifiableSortedSet(new TreeSet<>(indices));
        }

        /** Creates a set of labels, or an empty one. */
        public static Several of(Collection<Integer> indices) {
            return new Several(new TreeSet<>(indices));
        }

        /** Returns 1 for each label of the set and 0 for each other one of all {@code labels}, in a new array. */
        public double[] amounts(int labels) {
            double[] amounts = new double[labels];
            indices.forEach(index -> amounts[index] = 1);
            return amounts;
        }

        @Override
        public String toString() {
            return "labels " + indices;
        }
    }
}
