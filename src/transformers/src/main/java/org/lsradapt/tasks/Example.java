package org.lsradapt.tasks;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.tasks.internal.TextProblem;

/**
 * One text, or pair of texts, and what a model should say about it.
 *
 * @param first the text
 * @param second the second text of a pair, or null
 * @param label the index of the class, as in {@link Task#labels()}, or the value of a regression; NaN if unknown
 * @param group the question that this row is an alternative answer of, or {@link #NO_GROUP}
 */
public record Example(String first, @Nullable String second, double label, int group) {

    /** The {@link #group} of a row that stands alone, which is every row of every task but COPA. */
    public static final int NO_GROUP = -1;

    /**
     * Checks the values.
     *
     * @throws NullPointerException if {@code first} is null
     * @throws IllegalArgumentException if {@code label} is infinite or {@code group} is below {@link #NO_GROUP}
     */
    public Example {
        Objects.requireNonNull(first, "example: first is null, expected a text");
        if (Double.isInfinite(label)) {
            throw new IllegalArgumentException("example: label is " + label + ", expected a finite number or NaN");
        }
        if (group < NO_GROUP) {
            throw new IllegalArgumentException("example: group is " + group + ", expected >= " + NO_GROUP);
        }
    }

    /** A row that stands alone: {@code group} is {@link #NO_GROUP}. */
    public Example(String first, @Nullable String second, double label) {
        this(first, second, label, NO_GROUP);
    }

    /**
     * The reason why nothing can be predicted from the texts: one is blank or no valid Unicode, which data of one's own
     * may not be either. Official task files have such halves of pairs.
     *
     * @return such as {@code the second text is empty, expected a text}; empty if nothing is
     */
    public Optional<String> problem() {
        return TextProblem.ofText(first)
                .map(complaint -> (second == null ? "the text " : "the first text ") + complaint)
                .or(() -> Optional.ofNullable(second)
                        .flatMap(TextProblem::ofText)
                        .map(complaint -> "the second text " + complaint));
    }

    /** The key of equal examples, or of alternatives of one question. */
    Object identity() {
        return group == NO_GROUP ? Arrays.asList(first, second) : group;
    }

    /** Whether the label is known, that is, not NaN. */
    public boolean hasLabel() {
        return !Double.isNaN(label);
    }
}
