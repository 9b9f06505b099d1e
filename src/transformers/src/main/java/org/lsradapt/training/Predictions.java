package org.lsradapt.training;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.Task;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.lsr.internal.Logits;
import org.lsradapt.lsr.internal.Require;

/**
 * A classifier's predictions for examples with known classes.
 *
 * @param labels the names of the classes
 * @param right the class of each example, an index into the labels
 * @param found the predicted class of each example
 * @param confidence the probability of each predicted class, from 0 to 1
 * @param texts the text of each example; empty if texts are not kept
 * @param images the location of each image; empty if examples are texts
 */
public record Predictions(
        List<String> labels,
        List<Integer> right,
        List<Integer> found,
        List<Double> confidence,
        List<String> texts,
        List<String> images) {

    /** Copies the lists, and checks that they match. */
    public Predictions {
        labels = List.copyOf(labels);
        right = List.copyOf(right);
        found = List.copyOf(found);
        confidence = List.copyOf(confidence);
        texts = List.copyOf(texts);
        images = List.copyOf(images);
        Require.argument(
                right.size() == found.size()
                        && right.size() == confidence.size()
                        && (texts.isEmpty() || texts.size() == right.size())
                        && (images.isEmpty() || images.size() == right.size()),
                "predictions: %d right classes, %d predicted ones, %d probabilities, %d texts and %d images",
                right.size(),
                found.size(),
                confidence.size(),
                texts.size(),
                images.size());
    }

    /**
     * Takes the class with the largest output of each example.
     *
     * @param outputs one row per example
     * @return predictions without texts and images; empty for a regression, and for questions, whose alternatives are not classified
     *     separately
     */
    public static Optional<Predictions> of(Task task, List<Example> examples, double[][] outputs) {
        boolean questions = examples.stream().anyMatch(example -> example.group() != Example.NO_GROUP);
        if (task.labelType() != Label.Category.class || questions) {
            return Optional.empty();
        }
        List<Integer> right =
                examples.stream().map(example -> example.category()).toList();
        List<Integer> found = Stream.of(outputs).map(Logits::largest).toList();
        List<Double> confidence =
                Stream.of(outputs).map(Logits::largestProbability).toList();
        return Optional.of(new Predictions(task.labels(), right, found, confidence, List.of(), List.of()));
    }

    /** Returns the same predictions with the images' locations. */
    public Predictions ofImages(List<String> locations) {
        return new Predictions(labels, right, found, confidence, List.of(), locations);
    }

    /** Returns the same predictions with the examples' texts. */
    public Predictions ofTexts(List<String> examples) {
        return new Predictions(labels, right, found, confidence, examples, List.of());
    }

    /** The indices of the misclassified examples, most confident first; equal ones in their order. */
    public List<Integer> mistakes() {
        return IntStream.range(0, right.size())
                .filter(i -> !right.get(i).equals(found.get(i)))
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -confidence.get(i)))
                .toList();
    }

    /** The number of examples of each class for each predicted class: [right][found]. */
    public int[][] confusion() {
        int[][] counts = new int[labels.size()][labels.size()];
        for (int i = 0; i < right.size(); i++) {
            counts[right.get(i)][found.get(i)]++;
        }
        return counts;
    }

    /** The fraction of the examples that are classified correctly. */
    public double accuracy() {
        return (double) IntStream.range(0, right.size())
                        .filter(i -> right.get(i).equals(found.get(i)))
                        .count()
                / right.size();
    }

    /** The name of the most frequent class of the examples; the first of several equally frequent ones. */
    public String majority() {
        int[][] counts = confusion();
        int most = IntStream.range(0, counts.length)
                .reduce((best, i) -> IntStream.of(counts[i]).sum()
                                > IntStream.of(counts[best]).sum()
                        ? i
                        : best)
                .orElseThrow();
        return labels.get(most);
    }

    /** The accuracy of always predicting the most frequent class of the examples. */
    public double majorityAccuracy() {
        return byClass().stream().mapToInt(ClassScore::support).max().orElseThrow() / (double) right.size();
    }

    /**
     * The scores of one class against the others.
     *
     * @param precision the fraction of the examples predicted as this class that belong to it; NaN if none is predicted
     * @param recall the fraction of the class's examples that are predicted as such; NaN if it has none
     * @param f1 the harmonic mean of the two, 2·TP / (2·TP + FP + FN); NaN if the class has no examples
     * @param support the number of examples of the class
     */
    public record ClassScore(String label, double precision, double recall, double f1, int support) {}

    /** The scores of each class, in the order of the labels. */
    public List<ClassScore> byClass() {
        int[] support = new int[labels.size()];
        int[] taken = new int[labels.size()];
        double[] hits = new double[labels.size()];
        for (int i = 0; i < right.size(); i++) {
            support[right.get(i)]++;
            taken[found.get(i)]++;
            hits[right.get(i)] += right.get(i).equals(found.get(i)) ? 1 : 0;
        }
        List<ClassScore> scores = new ArrayList<>();
        for (int i = 0; i < support.length; i++) {
            double f1 = support[i] == 0 ? Double.NaN : 2 * hits[i] / (taken[i] + support[i]);
            scores.add(new ClassScore(labels.get(i), hits[i] / taken[i], hits[i] / support[i], f1, support[i]));
        }
        return scores;
    }

    /** A sentence on classes without examples, see {@link LabelScores#unmeasured}; empty if there are none. */
    public Optional<String> unmeasured() {
        return LabelScores.unmeasured(labels, right::contains);
    }

    /** A sentence on classes with few examples, see {@link LabelScores#scarce}; empty if there are none. */
    public Optional<String> scarce() {
        List<ClassScore> scores = byClass();
        return LabelScores.scarce(labels, index -> scores.get(index).support());
    }

    /** A sentence on a classifier that predicts one class for all examples though they have several; empty otherwise. */
    public Optional<String> warning() {
        if (found.stream().distinct().count() != 1 || right.stream().distinct().count() == 1) {
            return Optional.empty();
        }
        ClassScore only = byClass().get(found.get(0));
        return Optional.of(String.format(
                Locale.ROOT,
                "the classifier answers \"%s\" for each of %,d evaluation examples, of which %,d are of that class: it tells no"
                        + " classes apart; balanced class weights, more epochs or another learning rate can help",
                only.label().replaceAll("\\p{Cntrl}", "?"),
                found.size(),
                only.support()));
    }
}
