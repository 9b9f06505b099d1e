package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.lsradapt.data.LabelScore;
import org.lsradapt.data.LabelScores;
import org.lsradapt.lsr.internal.Require;

/**
 * The quality of predicted spans of words, computed as in seqeval's default mode: a span is right if its first word, its last word and
 * its label are. A ratio of 0 to 0 is 0.
 *
 * @param types the scores of the labels, sorted by name
 * @param all the score of all spans together (seqeval's micro average)
 * @param accuracy the fraction of the words with the right tag
 */
public record EntityScores(List<LabelScore> types, LabelScore all, double accuracy) implements LabelScores {
    /** The names of the metrics in reports, in the order in which they choose the best epoch. */
    public static final List<String> METRICS = List.of("f1", "accuracy", "precision", "recall");

    /** Copies the list. */
    public EntityScores {
        types = List.copyOf(types);
    }

    private static final class Counts {
        private int right;
        private int found;
        private int there;

        void add(Counts other) {
            right += other.right;
            found += other.found;
            there += other.there;
        }

        LabelScore score(String label) {
            return LabelScore.of(label, right, found, there);
        }
    }

    /**
     * Compares tags.
     *
     * @param truth the right tags of each sentence, in IOB2 or without prefixes; at least one sentence
     * @param predicted the model's tags, one per word
     * @return the scores
     * @throws IllegalArgumentException if the counts differ
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
        List<LabelScore> types = new ArrayList<>();
        counts.forEach((label, ofLabel) -> {
            all.add(ofLabel);
            types.add(ofLabel.score(label));
        });
        return new EntityScores(types, all.score("all"), (double) same / words);
    }

    @Override
    public Map<String, Double> metrics() {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("f1", all.f1());
        metrics.put("accuracy", accuracy);
        metrics.put("precision", all.precision());
        metrics.put("recall", all.recall());
        return Collections.unmodifiableMap(metrics);
    }

    @Override
    public String counted() {
        return "Spans of words are counted as seqeval does: a span is right where its first word, its last word and its label are.";
    }
}
