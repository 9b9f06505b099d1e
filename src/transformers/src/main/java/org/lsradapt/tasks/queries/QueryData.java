package org.lsradapt.tasks.queries;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.TextPair;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.retrieval.RetrievalData;
import org.lsradapt.tasks.embeddings.TextEncoder;

/**
 * The vectors of a training and of its evaluation.
 *
 * @param queries the vectors of the queries to train on
 * @param passages the passages' vectors, divided by their norms
 * @param answers for each query the rows of the passages that answer it
 * @param negatives for each query the rows of its hard negatives
 * @param asked the vectors of the queries to evaluate on
 * @param searched the rows of the passages to search in an evaluation
 */
@SuppressWarnings("ArrayRecordComponent")
record QueryData(
        float[][] queries,
        float[][] passages,
        List<Set<Integer>> answers,
        List<Set<Integer>> negatives,
        float[][] asked,
        int[] searched,
        RetrievalData evaluation) {
    private static final double LEAST_NORM = 1e-12;

    /** Embeds each different text once. */
    static QueryData of(TextEncoder encoder, List<TextPair> pairs, RetrievalData evaluation) {
        Require.argument(!pairs.isEmpty(), "query adapter: there are no pairs, expected one at least");
        Map<String, Integer> rows = new LinkedHashMap<>();
        Function<String, Integer> row = text -> rows.computeIfAbsent(text, passage -> rows.size());
        int[] searched = evaluation.corpus().stream()
                .mapToInt(passage -> row.apply(passage.text()))
                .toArray();
        Map<String, Set<Integer>> answers = new LinkedHashMap<>();
        Map<String, Set<Integer>> negatives = new HashMap<>();
        for (TextPair pair : pairs) {
            set(answers, pair).add(row.apply(pair.positive()));
            pair.negatives().forEach(text -> set(negatives, pair).add(row.apply(text)));
        }
        float[][] queries = encoder.embedQueries(List.copyOf(answers.keySet()));
        float[][] passages = encoder.embed(List.copyOf(rows.keySet()));
        float[][] asked = encoder.embedQueries(
                evaluation.queries().stream().map(IdentifiedText::text).toList());
        int width = width(queries, answers.size(), passages, rows.size());
        requireVectors("passage", passages, width);
        requireVectors("query", queries, width);
        requireVectors("query to evaluate on", asked, width);
        return new QueryData(
                queries,
                Arrays.stream(passages).map(QueryData::unit).toArray(float[][]::new),
                List.copyOf(answers.values()),
                answers.keySet().stream()
                        .map(query -> negatives.getOrDefault(query, Set.of()))
                        .toList(),
                asked,
                searched,
                evaluation);
    }

    private static Set<Integer> set(Map<String, Set<Integer>> byQuery, TextPair pair) {
        return byQuery.computeIfAbsent(pair.anchor(), query -> new LinkedHashSet<>());
    }

    private static int width(float[][] queries, int asked, float[][] passages, int stored) {
        Require.argument(
                queries.length == asked && passages.length == stored,
                "query adapter: the encoder made %d vectors of %d queries and %d of %d passages, expected one each",
                queries.length,
                asked,
                passages.length,
                stored);
        return passages[0].length;
    }

    /** Checks that vectors have one length and finite norms. */
    static void requireVectors(String name, float[][] vectors, int width) {
        for (int i = 0; i < vectors.length; i++) {
            Require.argument(
                    vectors[i].length == width && width > 0,
                    "query adapter: the vector of %s %d has %d numbers, expected %d as the passages",
                    name,
                    i,
                    vectors[i].length,
                    Math.max(1, width));
            Require.argument(
                    Double.isFinite(norm(vectors[i])),
                    "query adapter: the vector of %s %d is not finite, expected finite numbers",
                    name,
                    i);
        }
    }

    static double norm(float[] vector) {
        double square = 0;
        for (float number : vector) {
            square += (double) number * number;
        }
        return Math.sqrt(square);
    }

    private static float[] unit(float[] vector) {
        double norm = Math.max(LEAST_NORM, norm(vector));
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / norm);
        }
        return unit;
    }

    /** The same data with the hard negatives that the queries find as they are, in addition to those of the pairs. */
    QueryData mined(NegativeMining settings) {
        List<NegativeMining.Mined> found = settings.mine(
                queries,
                passages,
                answers.stream().map(List::copyOf).toList(),
                Collections.nCopies(queries.length, Set.of()));
        List<Set<Integer>> all = new ArrayList<>();
        for (int i = 0; i < queries.length; i++) {
            Set<Integer> rows = new LinkedHashSet<>(negatives.get(i));
            found.get(i).negatives().forEach(hit -> rows.add(hit.document()));
            all.add(rows);
        }
        return new QueryData(queries, passages, answers, all, asked, searched, evaluation);
    }

    int width() {
        return passages[0].length;
    }

    /** A query and one of its answers for each pair. */
    List<int[]> examples() {
        List<int[]> examples = new ArrayList<>();
        for (int query = 0; query < queries.length; query++) {
            for (int passage : answers.get(query)) {
                examples.add(new int[] {query, passage});
            }
        }
        return examples;
    }

    /** The rows of the passages that a batch contrasts, each once. */
    int[] candidates(List<int[]> batch) {
        Set<Integer> rows = new LinkedHashSet<>();
        batch.forEach(example -> rows.add(example[1]));
        batch.stream().map(example -> negatives.get(example[0])).forEach(rows::addAll);
        return rows.stream().mapToInt(Integer::intValue).toArray();
    }

    /** Whether a passage is wrong for an example: neither an answer of its query nor a copy of its own answer. */
    boolean isWrong(int passage, int[] example) {
        return !answers.get(example[0]).contains(passage) && !Arrays.equals(passages[passage], passages[example[1]]);
    }

    /** The metrics of a search with changed queries, for each query by {@link RankingMetrics#NAMES}. */
    double[][] byQuery(UnaryOperator<float[]> adapter) {
        float[][] changed =
                Arrays.stream(asked).map(adapter).map(QueryData::unit).toArray(float[][]::new);
        float[][] corpus =
                Arrays.stream(searched).mapToObj(row -> passages[row]).toArray(float[][]::new);
        return RankingMetrics.byQuery(evaluation, changed, corpus);
    }

    static void requireRows(int query, Collection<Integer> rows, int passages) {
        Require.argument(!rows.isEmpty(), "query adapter: query %d has no passage, expected one at least", query);
        for (int row : rows) {
            Require.argument(
                    row >= 0 && row < passages,
                    "query adapter: query %d has passage %d, expected 0 to %d",
                    query,
                    row,
                    passages - 1);
        }
    }
}
