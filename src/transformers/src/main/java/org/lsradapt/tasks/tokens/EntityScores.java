package org.lsradapt.tasks.tokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.lsradapt.data.metrics.LabelScore;
import org.lsradapt.data.metrics.LabelScores;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.lsr.internal.Require;

/**
 * The quality of predicted spans of words, computed as in seqeval's default mode: a span is right if its first word, its last word and
 * its label are. A ratio of 0 to 0 is 0.
 *
 * @param types the scores of the labels, sorted by name
 * @param all the score of all spans together (seqeval's micro average)
 * @param accuracy the fraction of the words with the right tag
 * @param mistakes the wrong spans in their sentences; empty before {@link #inContext}
 */
public record EntityScores(
        List<LabelScore> types,
        LabelScore all,
        double accuracy,
        List<Counts> bySentence,
        List<List<String>> predicted,
        List<Mistake> mistakes)
        implements LabelScores {
    /** The names of the metrics in reports, in the order in which they choose the best epoch. */
    public static final List<String> METRICS = List.of("f1", "accuracy", "precision", "recall");

    /** Copies the list. */
    public EntityScores {
        types = List.copyOf(types);
        bySentence = List.copyOf(bySentence);
        predicted = List.copyOf(predicted);
        mistakes = List.copyOf(mistakes);
    }

    /**
     * Counts of spans and words.
     *
     * @param right the number of spans that are predicted and there
     * @param found the number of predicted spans
     * @param there the number of true spans
     * @param same the number of words with the right tag
     * @param words the number of words
     */
    public record Counts(int right, int found, int there, int same, int words) {
        private static final Counts NONE = new Counts(0, 0, 0, 0, 0);

        private Counts plus(Counts other) {
            return new Counts(
                    right + other.right,
                    found + other.found,
                    there + other.there,
                    same + other.same,
                    words + other.words);
        }

        private LabelScore score(String label) {
            return LabelScore.of(label, right, found, there);
        }

        private double accuracy() {
            return (double) same / words;
        }
    }

    /**
     * Compares tags.
     *
     * @param truth the right tags of each sentence, in IOB2 or without prefixes; at least one sentence
     * @param predicted the model's tags, one per word
     * @throws IllegalArgumentException if the counts differ
     */
    public static EntityScores of(List<List<String>> truth, List<List<String>> predicted) {
        Require.argument(
                truth.size() == predicted.size() && !truth.isEmpty(),
                "entity scores: %d sentences and predictions for %d, expected as many, at least 1",
                truth.size(),
                predicted.size());
        Map<String, Counts> byLabel = new TreeMap<>();
        List<Counts> bySentence = new ArrayList<>();
        for (int i = 0; i < truth.size(); i++) {
            List<String> right = truth.get(i);
            List<String> said = predicted.get(i);
            Require.argument(
                    right.size() == said.size(),
                    "entity scores: %d tags and %d predictions for sentence %d, expected as many",
                    right.size(),
                    said.size(),
                    i);
            Map<String, Counts> spans = spans(right, said);
            spans.forEach((label, counts) -> byLabel.merge(label, counts, Counts::plus));
            int same = (int) IntStream.range(0, right.size())
                    .filter(w -> right.get(w).equals(said.get(w)))
                    .count();
            bySentence.add(sum(spans.values()).plus(new Counts(0, 0, 0, same, right.size())));
        }
        List<LabelScore> types = new ArrayList<>();
        byLabel.forEach((label, counts) -> types.add(counts.score(label)));
        Counts all = sum(bySentence);
        return new EntityScores(types, all.score("all"), all.accuracy(), bySentence, predicted, List.of());
    }

    /** Returns these scores with the wrong spans in the sentences that they are of. */
    EntityScores inContext(List<LabelledWords> sentences) {
        List<Mistake> all = new ArrayList<>();
        for (int i = 0; i < sentences.size(); i++) {
            all.addAll(SpanMistakes.of(sentences.get(i), predicted.get(i)));
        }
        return new EntityScores(types, this.all, accuracy, bySentence, predicted, all);
    }

    private static Map<String, Counts> spans(List<String> right, List<String> said) {
        Map<String, Counts> counts = new TreeMap<>();
        Set<WordSpan> there = new HashSet<>(WordSpan.of(right));
        there.forEach(span -> counts.merge(span.label(), new Counts(0, 0, 1, 0, 0), Counts::plus));
        WordSpan.of(said)
                .forEach(span ->
                        counts.merge(span.label(), new Counts(there.contains(span) ? 1 : 0, 1, 0, 0, 0), Counts::plus));
        return counts;
    }

    private static Counts sum(Collection<Counts> counts) {
        return counts.stream().reduce(Counts.NONE, Counts::plus);
    }

    @Override
    public Resamples resamples() {
        return Resamples.of(bySentence.size(), rows -> {
            Counts drawn = sum(Arrays.stream(rows).mapToObj(bySentence::get).toList());
            return metrics(drawn.score("all"), drawn.accuracy());
        });
    }

    @Override
    public Map<String, Double> metrics() {
        return metrics(all, accuracy);
    }

    private static Map<String, Double> metrics(LabelScore all, double accuracy) {
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
