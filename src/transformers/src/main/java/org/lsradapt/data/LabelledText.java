package org.lsradapt.data;

import java.util.Optional;
import org.lsradapt.data.rules.LabelParser;
import org.lsradapt.data.rules.TextProblem;

/**
 * A text, or a pair of texts, and its label: the name of a class, or a number to predict.
 *
 * @param label the name of a class or a decimal number
 */
public record LabelledText(String text, Optional<String> secondText, String label) {

    /** Checks that texts and label are valid Unicode and not blank, and the label has no white space around it. */
    public LabelledText {
        TextProblem.refuse("labelled text", "text", TextProblem.ofText(text));
        TextProblem.refuse("labelled text", "second text", secondText.flatMap(TextProblem::ofText));
        TextProblem.refuse("labelled text", "label", TextProblem.ofLabel(label));
    }

    /** Creates a text with the name of its class. */
    public static LabelledText of(String text, String label) {
        return new LabelledText(text, Optional.empty(), label);
    }

    /** Creates a text with the number to predict from it. */
    public static LabelledText of(String text, double label) {
        return of(text, String.valueOf(label));
    }

    /** Creates a pair of texts with the name of its class. */
    public static LabelledText pair(String text, String secondText, String label) {
        return new LabelledText(text, Optional.of(secondText), label);
    }

    /** Creates a pair of texts with the number to predict from it. */
    public static LabelledText pair(String text, String secondText, double label) {
        return pair(text, secondText, String.valueOf(label));
    }

    /** Converts the label, which the parser has to accept. */
    Example example(LabelParser<Label> labels) {
        return new Example(text, secondText.orElse(null), labels.parse(label).orElseThrow());
    }
}
