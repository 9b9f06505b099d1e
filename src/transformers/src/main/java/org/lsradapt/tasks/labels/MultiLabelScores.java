package org.lsradapt.tasks.labels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.data.metrics.LabelScore;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.lsr.internal.Require;

/**
 * The quality of predicted label sets, computed as in scikit-learn with {@code zero_division=0}.
 *
 * @param types the score of each label, in label order
 * @param all the score of all pairs of a text and one of its labels together (micro average)
 * @param macroF1 the mean F1 of the labels that occur in the texts; 0 if no text has a label
 * @param accuracy the fraction of the texts with exactly the right labels (scikit-learn's {@code accuracy_score})
 * @param thresholds for each label, the lowest probability that counts as found
 */
public record MultiLabelScores(
        List<LabelScore> types, LabelScore all, double macroF1, double accuracy, List<Double> thresholds)
        implements LabelScores {
    /** The names of the metrics in reports, in the order in which they choose the best epoch. */
    public static final List<String> METRICS = List.of("f1_macro", "f1_micro", "accuracy");

    /** Copies the lists. */
    public MultiLabelScores {
        types = List.copyOf(types);
        thresholds = List.copyOf(thresholds);
    }

    /**
     * Compares predicted labels with the right ones.
     *
     * @param truth for each text and label, whether the text has the label; at least one text
     * @param predicted for each text and label, whether the model predicts it
     * @throws IllegalArgumentException if the counts differ
     */
    public static MultiLabelScores of(
            List<String> labels, boolean[][] truth, boolean[][] predicted, List<Double> thresholds) {
        Require.argument(
                truth.length == predicted.length && truth.length > 0,
                "label scores: the labels of %d texts and predictions for %d, expected as many, at least 1",
                truth.length,
                predicted.length);
        int[] right = new int[labels.size()];
        int[] found = new int[labels.size()];
        int[] there = new int[labels.size()];
        int whole = 0;
        for (int i = 0; i < truth.length; i++) {
            Require.argument(
                    truth[i].length == labels.size() && predicted[i].length == labels.size(),
                    "label scores: %d labels and %d predictions of text %d, expected %d",
                    truth[i].length,
                    predicted[i].length,
                    i,
                    labels.size());
            for (int c = 0; c < labels.size(); c++) {
                right[c] += truth[i][c] && predicted[i][c] ? 1 : 0;
                found[c] += predicted[i][c] ? 1 : 0;
                there[c] += truth[i][c] ? 1 : 0;
            }
            whole += Arrays.equals(truth[i], predicted[i]) ? 1 : 0;
        }
        List<LabelScore> types = new ArrayList<>();
        for (int c = 0; c < labels.size(); c++) {
            types.add(LabelScore.of(labels.get(c), right[c], found[c], there[c]));
        }
        return new MultiLabelScores(
                types,
                LabelScore.of("all", sum(right), sum(found), sum(there)),
                types.stream()
                        .filter(type -> type.support() > 0)
                        .mapToDouble(LabelScore::f1)
                        .average()
                        .orElse(0),
                (double) whole / truth.length,
                thresholds);
    }

    private static int sum(int[] counts) {
        return Arrays.stream(counts).sum();
    }

    @Override
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("f1_macro", macroF1);
        metrics.put("f1_micro", all.f1());
        metrics.put("accuracy", accuracy);
        return Collections.unmodifiableMap(metrics);
    }

    @Override
    public String counted() {
        return IntStream.range(0, thresholds.size())
                .mapToObj(
                        c -> String.format(Locale.ROOT, "%s %.4f", types.get(c).label(), thresholds.get(c)))
                .collect(Collectors.joining(
                        ", ", "A label is found where its probability reaches its threshold: ", "."));
    }
}
