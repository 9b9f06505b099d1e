package org.lsradapt.tasks;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The two parts of a task's data, in the order of its files.
 *
 * @param train what is learned from; copied
 * @param evaluation what is measured on, with labels; copied
 */
public record TaskData(List<Example> train, List<Example> evaluation) {

    /** Copies both lists; the copies cannot be modified. */
    public TaskData {
        train = List.copyOf(train);
        evaluation = List.copyOf(evaluation);
    }

    /**
     * The accuracy of always answering the class that is most frequent in {@code examples}, counted over rows (so that
     * it is 0.5 where each question has one right and one wrong alternative).
     *
     * @param examples labelled rows of a classification task, at least one
     * @throws IllegalArgumentException if there are no rows, or one has no label
     */
    public static double majorityBaseline(List<Example> examples) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("majorityBaseline: there are no examples, expected at least one");
        }
        Map<Double, Integer> counts = new HashMap<>();
        for (int i = 0; i < examples.size(); i++) {
            if (!examples.get(i).hasLabel()) {
                throw new IllegalArgumentException("majorityBaseline: examples[" + i + "] has no label");
            }
            counts.merge(examples.get(i).label() + 0.0, 1, Integer::sum);
        }
        int most = counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
        return (double) most / examples.size();
    }
}
