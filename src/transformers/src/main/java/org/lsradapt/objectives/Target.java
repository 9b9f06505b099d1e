package org.lsradapt.objectives;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.ArrayText;
import org.lsradapt.lsr.internal.Require;

/**
 * The target of a sequence in a training. Each {@link Objective} takes one kind of target and rejects the others by
 * name.
 *
 * <p>Immutable; arrays are kept and not modified.
 */
public sealed interface Target extends Serializable {

    /** The target of sequences that hold their own targets: the next tokens, hidden tokens, labels of tokens, or a span. */
    Own OWN = Own.INSTANCE;

    /** See {@link Target#OWN}. */
    enum Own implements Target {
        INSTANCE
    }

    /** A class. */
    record Category(int index) implements Target {}

    /**
     * A number: the value of a regression, the similarity of two texts (the target of both), or the relevance of a
     * passage.
     *
     * @param value any number that the loss takes
     */
    record Value(double value) implements Target {}

    /**
     * Several labels at once.
     *
     * @param amounts from 0 to 1, one for each label
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Labels(double[] amounts) implements Target {
        @Override
        public String toString() {
            return "Labels[amounts=" + ArrayText.of(amounts) + "]";
        }
    }

    /**
     * A class with a teacher's outputs.
     *
     * @param index the class, from 0
     * @param teacher the teacher's logits, one for each class
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Distilled(int index, double[] teacher) implements Target {
        @Override
        public String toString() {
            return "Distilled[index=" + index + ", teacher=" + ArrayText.of(teacher) + "]";
        }
    }

    /**
     * A teacher's embedding.
     *
     * @param teacher the embedding, not zero
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Embedding(float[] teacher) implements Target {
        @Override
        public String toString() {
            return "Embedding[teacher=" + ArrayText.of(teacher) + "]";
        }
    }

    /** The role of a text in a contrast. Groups of an anchor, its positive and any number of negatives follow each other. */
    enum Role implements Target {
        /** A text such as a question. */
        ANCHOR,
        /** The text that belongs to the anchor before it. */
        POSITIVE,
        /**
         * A hard negative: a text that resembles the positive of the anchor before it but does not belong to the
         * anchor.
         */
        NEGATIVE
    }

    /**
     * The known label of a passage that is ranked together with the other passages of its query, which follow each
     * other.
     *
     * @param known a grade from 0, or a teacher's score
     */
    record Passage(double known, boolean isFirst) implements Target {}

    /**
     * One of two answers to a prompt; the chosen one comes first, the rejected one second.
     *
     * @param reference the base model's log-probability of the answer; empty for losses without a reference
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Answer(boolean isChosen, double[] reference) implements Target {
        @Override
        public String toString() {
            return "Answer[isChosen=" + isChosen + ", reference=" + ArrayText.of(reference) + "]";
        }
    }

    /** Returns class targets, one for each sequence. */
    static List<Target> categories(int... indices) {
        return IntStream.of(indices).<Target>mapToObj(Category::new).toList();
    }

    /** Returns number targets, one for each sequence. */
    static List<Target> values(double... values) {
        return Arrays.stream(values).<Target>mapToObj(Value::new).toList();
    }

    /** Casts targets to one kind; refuses a target of another. */
    static <T extends Target> List<T> require(Class<T> kind, List<? extends Target> targets) {
        for (int i = 0; i < targets.size(); i++) {
            Require.argument(
                    kind.isInstance(targets.get(i)),
                    "training step: the target of sequence %d is %s, expected %s",
                    i,
                    describe(targets.get(i)),
                    name(kind));
        }
        return targets.stream().map(kind::cast).toList();
    }

    private static String describe(Target target) {
        return name(target.getClass()) + (target instanceof Own ? "" : " (" + target + ")");
    }

    private static String name(Class<?> kind) {
        if (kind == Own.class) {
            return "in the sequence itself";
        }
        return switch (kind.getSimpleName()) {
            case "Category" -> "a class";
            case "Value" -> "a number";
            case "Labels" -> "a set of labels";
            case "Distilled" -> "a class with a teacher's outputs";
            case "Embedding" -> "a teacher's embedding";
            case "Role" -> "a role in a contrast";
            case "Passage" -> "a passage of a query";
            default -> "an answer of a pair";
        };
    }
}
