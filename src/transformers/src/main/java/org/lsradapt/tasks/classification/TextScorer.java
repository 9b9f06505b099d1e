package org.lsradapt.tasks.classification;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.lsradapt.data.Example;
import org.lsradapt.finetuning.ModelParts;

/**
 * Gives each text, or pair of texts, an answer. Predictions are safe for use by many threads.
 *
 * @param <A> an answer: a class with its probability, labels with theirs, or a number
 */
public abstract class TextScorer<A> extends SequenceModel {

    /** Takes ownership of the parts. */
    public TextScorer(ModelParts parts, Optional<double[][]> evaluated) {
        super(parts, evaluated);
    }

    /** The result of a row of {@link #outputs}. */
    protected abstract A answer(double[] outputs);

    /**
     * The answer for a text.
     *
     * @throws IllegalArgumentException if the text is blank, or the model reads pairs
     * @throws NullPointerException if the text is null
     */
    public A predict(String text) {
        return only(new Example(Objects.requireNonNull(text, "predict: the text is null, expected a text"), null));
    }

    /**
     * The answer for a pair of texts.
     *
     * @throws IllegalArgumentException if a text is blank, or the model reads single texts
     * @throws NullPointerException if a text is null
     */
    public A predict(String first, String second) {
        return only(new Example(
                Objects.requireNonNull(first, "predict: the first text is null, expected a text"),
                Objects.requireNonNull(second, "predict: the second text is null, expected a text")));
    }

    private A only(Example example) {
        return predictExamples(List.of(example)).get(0);
    }

    /**
     * The answers for texts, computed in batches.
     *
     * @param texts any number
     * @return an answer per text, in their order
     * @throws IllegalArgumentException if a text is blank, or the model reads pairs
     * @throws NullPointerException if a text is null
     */
    public List<A> predict(List<String> texts) {
        return predictExamples(examples(texts));
    }

    static List<Example> examples(List<String> texts) {
        Objects.requireNonNull(texts, "predict: the list of texts is null, expected texts");
        List<Example> examples = new ArrayList<>();
        for (String text : texts) {
            if (text == null) {
                throw new NullPointerException(
                        "predict: text " + (examples.size() + 1) + " of " + texts.size() + " is null, expected a text");
            }
            examples.add(new Example(text, null));
        }
        return examples;
    }

    /**
     * The answers for texts or pairs, computed in batches.
     *
     * @param examples any number; their labels are not read
     * @return an answer per example, in their order
     * @throws IllegalArgumentException if a text is blank, or an example is a pair and the model reads texts, or vice
     *     versa
     */
    public List<A> predictExamples(List<Example> examples) {
        return Arrays.stream(outputs(requireTexts(examples))).map(this::answer).toList();
    }

    /** Checks that each example has something to predict from; see {@link Example#problem}. */
    public static List<Example> requireTexts(List<Example> examples) {
        for (int i = 0; i < examples.size(); i++) {
            Optional<String> problem = examples.get(i).problem();
            if (problem.isPresent()) {
                String place = examples.size() == 1 ? "" : "example " + (i + 1) + " of " + examples.size() + ": ";
                throw new IllegalArgumentException("predict: " + place + problem.get());
            }
        }
        return examples;
    }
}
