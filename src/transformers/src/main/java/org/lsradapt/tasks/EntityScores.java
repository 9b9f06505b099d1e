package org.lsradapt.tasks;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.lsradapt.lsr.internal.Require;

/**
 * How well the spans of words were found, as seqeval counts in its default mode: a span is right where its first word, its last word and its
 * label are. Numbers that would be 0 of 0 are 0.
 *
 * @param types the score of each label, by name
 * @param all that of all spans together (seqeval's micro average)
 * @param accuracy the part of the words whose tag is right
 */
public record EntityScores(List<Score> types, Score all, double accuracy) {
    /** The names of the metrics in reports, in the order in which they choose the best epoch. */
    public static final List<String> METRICS = List.of("f1", "accuracy", "precision", "recall");

    /** Copies the list. */
    public EntityScores {
        types = List.copyOf(types);
    }

    /**
     * The score of one label, or of all.
     *
     * @param label its name
     * @param precision the part of the found spans that are right
     * @param recall the part of the right spans that were found
     * @param f1 their harmonic mean
     * @param support how many spans there are
     */
    public record Score(String label, double precision, double recall, double f1, int support) {}

    /** Counts of spans. */
    private static final class Counts {
        private int right;
        private int found;
        private int there;

        void add(Counts other) {
            right += other.right;
            found += other.found;
            there += other.there;
        }

        Score score(String label) {
            double precision = found == 0 ? 0 : (double) right / found;
            double recall = there == 0 ? 0 : (double) right / there;
            double f1 = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
            return new Score(label, precision, recall, f1, there);
        }
    }

    /**
     * Compares tags.
     *
     * @param truth the right tags of each sentence, of the form IOB2 or without prefixes; at least one
     * @param predicted what a model says, a tag for each
     * @return the scores
     * @throws IllegalArgumentException if their counts differ
     */
    public static EntityScores of(List<List<String>> truth, List<List<String>> predicted) {
        Require.argument(
                truth.size() == predicted.size() && !truth.isEmpty(),
                "entity scores: %d sentences and predictions for %d, expected as many, at least 1",
                truth.size(),
                predicted.size());
        Map<String, Counts> counts = new TreeMap<>();
        long same = 0;
        long words = 0;
        for (int i = 0; i < truth.size(); i++) {
            List<String> right = truth.get(i);
            List<String> said = predicted.get(i);
            Require.argument(
                    right.size() == said.size(),
                    "entity scores: %d tags and %d predictions for sentence %d, expected as many",
                    right.size(),
                    said.size(),
                    i);
            words += right.size();
            for (int w = 0; w < right.size(); w++) {
                same += right.get(w).equals(said.get(w)) ? 1 : 0;
            }
            Set<WordSpan> there = new HashSet<>(WordSpan.of(right));
            there.forEach(span -> counts.computeIfAbsent(span.label(), label -> new Counts()).there++);
            for (WordSpan span : WordSpan.of(said)) {
                Counts ofLabel = counts.computeIfAbsent(span.label(), label -> new Counts());
                ofLabel.found++;
                ofLabel.right += there.contains(span) ? 1 : 0;
            }
        }
        Counts all = new Counts();
        List<Score> types = new ArrayList<>();
        counts.forEach((label, ofLabel) -> {
            all.add(ofLabel);
            types.add(ofLabel.score(label));
        });
        return new EntityScores(types, all.score("all"), (double) same / words);
    }

    /** The metrics by name, in the order of {@link #METRICS}; cannot be modified. */
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("f1", all.f1());
        metrics.put("accuracy", accuracy);
        metrics.put("precision", all.precision());
        metrics.put("recall", all.recall());
        return Collections.unmodifiableMap(metrics);
    }
}
