package org.lsradapt.tasks.labels;

import java.util.List;
import java.util.Optional;
import org.lsradapt.data.rules.TextProblem;
import org.lsradapt.lsr.internal.Require;

/**
 * A text, or a pair of texts, and its labels.
 *
 * @param labels any number of distinct labels, in any order
 */
public record MultiLabelText(String text, Optional<String> secondText, List<String> labels) {

    /**
     * Copies the list and checks the values.
     *
     * @throws IllegalArgumentException if a text or a label is blank or not valid Unicode, white space surrounds a label, or a label
     *     occurs twice
     */
    public MultiLabelText {
        labels = List.copyOf(labels);
        TextProblem.refuse("labelled text", "text", TextProblem.ofText(text));
        TextProblem.refuse("labelled text", "second text", secondText.flatMap(TextProblem::ofText));
        for (String label : labels) {
            TextProblem.refuse("labelled text", "label", TextProblem.ofLabel(label));
        }
        Require.argument(
                labels.stream().distinct().count() == labels.size(),
                "labelled text: the labels are %s, expected different ones",
                labels);
    }

    /** Creates a text with its labels, or with none. */
    public static MultiLabelText of(String text, String... labels) {
        return new MultiLabelText(text, Optional.empty(), List.of(labels));
    }

    /** Creates a pair of texts with its labels, or with none. */
    public static MultiLabelText pair(String text, String secondText, String... labels) {
        return new MultiLabelText(text, Optional.of(secondText), List.of(labels));
    }
}
