package org.lsradapt.data;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lsradapt.data.rules.TextProblem;
import org.lsradapt.lsr.internal.Require;

/**
 * A text, or a pair of texts, with the label that a model should predict.
 *
 * @param second the second text of a pair, or null
 * @param label the label; {@link Label#UNKNOWN} if the answer is not known
 * @param group the number of the question to which this row is an alternative answer, or {@link #NO_GROUP}
 */
public record Example(String first, @Nullable String second, Label label, int group) {

    /** The {@link #group} of a row that stands alone. Only COPA's rows have another. */
    public static final int NO_GROUP = -1;

    /**
     * Checks the values.
     *
     * @throws NullPointerException if {@code first} or {@code label} is null
     * @throws IllegalArgumentException if {@code group} is below {@link #NO_GROUP}
     */
    public Example {
        Objects.requireNonNull(first, "example: first is null, expected a text");
        Objects.requireNonNull(label, "example: label is null, expected a label or Label.UNKNOWN");
        Require.argument(group >= NO_GROUP, "example: group is %d, expected >= %d", group, NO_GROUP);
    }

    /** Creates a row that stands alone: {@code group} is {@link #NO_GROUP}. */
    public Example(String first, @Nullable String second, Label label) {
        this(first, second, label, NO_GROUP);
    }

    /** Creates a row that stands alone and has no known label. */
    public Example(String first, @Nullable String second) {
        this(first, second, Label.UNKNOWN);
    }

    /** Returns the same texts with another label. */
    public Example labelled(Label other) {
        return new Example(first, second, other, group);
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

    /** Whether the label is known. */
    public boolean hasLabel() {
        return label != Label.UNKNOWN;
    }

    /** The index in {@link Task#labels()} of a label that is a class. */
    public int category() {
        return label(Label.Category.class, "a class").index();
    }

    /** The number of a label that is a number. */
    public double value() {
        return label(Label.Value.class, "a value").value();
    }

    /** The set of a label that is a set of labels. */
    public Label.Several several() {
        return label(Label.Several.class, "several labels");
    }

    private <L extends Label> L label(Class<L> kind, String expected) {
        Require.argument(kind.isInstance(label), "example: the label is %s, expected %s", label, expected);
        return kind.cast(label);
    }
}
