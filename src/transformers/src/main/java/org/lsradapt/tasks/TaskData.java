package org.lsradapt.tasks;

import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.lsradapt.tasks.internal.StratifiedSplit;

/**
 * The two parts of a task's data, in file order.
 *
 * @param train the training examples; copied
 * @param evaluation the labelled evaluation examples; copied
 */
public record TaskData(List<Example> train, List<Example> evaluation) {

    /** Copies both lists; the copies are unmodifiable. */
    public TaskData {
        train = List.copyOf(train);
        evaluation = List.copyOf(evaluation);
    }

    /**
     * Holds out training examples for evaluation, in place of the evaluation examples. Each class keeps its proportion; equal texts and
     * the alternatives of a question stay on the same side.
     *
     * @param fraction the fraction to hold out, above 0 and below 1
     * @param seed the seed of the choice
     * @return the training examples in two parts, each in its order
     * @throws IllegalArgumentException if the fraction is out of range, or no example can be held out because one of each class has to
     *     stay
     */
    public TaskData holdOut(double fraction, long seed) {
        if (!(fraction > 0 && fraction < 1)) {
            throw new IllegalArgumentException("hold out: fraction is " + fraction + ", expected above 0 and below 1");
        }
        BitSet chosen = choose(train, new StratifiedSplit(fraction, seed));
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException(
                    "hold out: of " + train.size() + " training examples none can be held out, as"
                            + " one of each class is to train on and equal texts stay together; expected more examples");
        }
        return new TaskData(StratifiedSplit.part(train, chosen, false), StratifiedSplit.part(train, chosen, true));
    }

    /** Chooses the rows to hold out, by class, by set of labels or by value. */
    static BitSet choose(List<Example> examples, StratifiedSplit split) {
        List<Object> texts = examples.stream().map(Example::identity).toList();
        if (examples.stream().anyMatch(one -> one.label() instanceof Label.Value)) {
            return split.byValue(
                    texts, examples.stream().mapToDouble(one -> one.value()).toArray());
        }
        Map<Label, Integer> sets = new HashMap<>();
        return split.byClass(
                texts,
                examples.stream()
                        .mapToInt(one -> one.label() instanceof Label.Several several
                                ? sets.computeIfAbsent(several, first -> sets.size())
                                : one.category())
                        .toArray());
    }

    /**
     * Keeps a random part of the training examples. Each class keeps its proportion; equal texts and the alternatives of a question are
     * kept or left out together.
     *
     * @param count the approximate number to train on, at least 2
     * @param seed the seed of the choice
     * @return this object if it has no more than {@code count}; otherwise data with the chosen examples in their order and all evaluation
     *     examples
     */
    public TaskData limit(int count, long seed) {
        if (count < 2) {
            throw new IllegalArgumentException("limit: " + count + " training examples, expected at least 2");
        }
        if (count >= train.size()) {
            return this;
        }
        BitSet chosen = choose(train, new StratifiedSplit((double) count / train.size(), seed));
        return new TaskData(StratifiedSplit.part(train, chosen, true), evaluation);
    }

    /**
     * The accuracy of always predicting the most frequent class of {@code examples}, counted over rows (0.5 if each question has one
     * right and one wrong alternative).
     *
     * @param examples labelled rows of a classification task, at least one
     * @throws IllegalArgumentException if there are no rows, or one has no label
     */
    public static double majorityBaseline(List<Example> examples) {
        Label majority = new Label.Category(majorityClass(examples));
        return (double) examples.stream()
                        .filter(example -> example.label().equals(majority))
                        .count()
                / examples.size();
    }

    /**
     * The most frequent class of {@code examples}, counted over rows; the first of several equally frequent ones.
     *
     * @param examples labelled rows of a classification task, at least one
     * @throws IllegalArgumentException if there are no rows, or one has no label
     */
    public static int majorityClass(List<Example> examples) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("majorityBaseline: there are no examples, expected at least one");
        }
        Map<Integer, Integer> counts = new TreeMap<>();
        for (int i = 0; i < examples.size(); i++) {
            if (!examples.get(i).hasLabel()) {
                throw new IllegalArgumentException("majorityBaseline: examples[" + i + "] has no label");
            }
            counts.merge(examples.get(i).category(), 1, Integer::sum);
        }
        int most = Collections.max(counts.values());
        return counts.entrySet().stream()
                .filter(one -> one.getValue() == most)
                .findFirst()
                .orElseThrow()
                .getKey();
    }
}
