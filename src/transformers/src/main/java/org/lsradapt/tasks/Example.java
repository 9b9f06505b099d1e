package org.lsradapt.tasks;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.tasks.internal.TextProblem;

/**
 * A text, or a pair of texts, with the label that a model should predict.
 *
 * @param first the text
 * @param second the second text of a pair, or null
 * @param label the index of the class, as in {@link Task#labels()}, or the value of a regression; NaN if unknown
 * @param group the number of the question to which this row is an alternative answer, or {@link #NO_GROUP}
 */
public record Example(String first, @Nullable String second, double label, int group) {

    /** The {@link #group} of a row that stands alone. Only COPA's rows have another. */
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
     * Says why the texts cannot be used for a prediction: one is blank or not valid Unicode. A user's data never has such texts; official
     * task files have some, as half of a pair.
     *
     * @return a phrase such as {@code the second text is empty, expected a text}; empty if the texts are valid
     */
    public Optional<String> problem() {
        return TextProblem.ofText(first)
                .map(complaint -> (second == null ? "the text " : "the first text ") + complaint)
                .or(() -> Optional.ofNullable(second)
                        .flatMap(TextProblem::ofText)
                        .map(complaint -> "the second text " + complaint));
    }

    /** The key of equal examples, or of the alternatives of one question. */
    Object identity() {
        return group == NO_GROUP ? Arrays.asList(first, second) : group;
    }

    /** Whether the label is known, that is, not NaN. */
    public boolean hasLabel() {
        return !Double.isNaN(label);
    }
}
