package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.internal.Parallel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

class ExactSearchTest {

    private final Random random = new Random(Long.getLong("lsradapt.test.seed", 20260101L));

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "255, 5, 3, 7", "256, 4, 16, 256", "257, 6, 17, 300", "1021, 13, 33, 100"})
    void search_manySizes_isTheSortedListOfAllDotProducts(int documents, int dimensions, int queries, int k) {
        // Eighths: all dot products are exact, and many are equal.
        float[][] corpus = eighths(documents, dimensions);
        float[][] asked = eighths(queries, dimensions);
        List<List<Hit>> found = ExactSearch.in(corpus).search(asked, k);
        assertEquals(queries, found.size());
        boolean ties = false;
        for (int query = 0; query < queries; query++) {
            float[] vector = asked[query];
            List<Hit> expected = IntStream.range(0, documents)
                    .mapToObj(row -> new Hit(row, dot(vector, corpus[row])))
                    .sorted(Comparator.comparingDouble(Hit::score).reversed().thenComparingInt(Hit::document))
                    .limit(k)
                    .toList();
            assertEquals(expected, found.get(query));
            ties |= expected.stream().map(Hit::score).distinct().count() < expected.size();
        }
        assertTrue(ties || documents == 1);
    }

    @Test
    void search_equalEmbeddings_haveEqualScoresWhereverTheyLie() {
        int dimensions = 383;
        float[] same = gaussian(dimensions);
        float[][] corpus = IntStream.range(0, 700)
                .mapToObj(row -> row % 7 == 3 ? same : gaussian(dimensions))
                .toArray(float[][]::new);
        float[][] queries =
                IntStream.range(0, 50).mapToObj(i -> gaussian(dimensions)).toArray(float[][]::new);
        ExactSearch search = ExactSearch.in(corpus);
        List<List<Hit>> together = search.search(queries, 700);
        for (int query = 0; query < queries.length; query++) {
            Set<Float> scores = new HashSet<>();
            together.get(query).stream().filter(hit -> hit.document() % 7 == 3).forEach(hit -> scores.add(hit.score()));
            assertEquals(1, scores.size());
            assertEquals(together.get(query), search.search(queries[query], 700));
        }
    }

    @Test
    void search_insideOfATask_findsTheSame() {
        float[][] corpus = eighths(300, 8);
        float[][] queries = eighths(40, 8);
        ExactSearch search = ExactSearch.in(corpus);
        List<List<Hit>> outside = search.search(queries, 10);
        Parallel.run(3, task -> assertEquals(outside, search.search(queries, 10)));
    }

    @Test
    void search_random_isCloseToDoublePrecision() {
        int dimensions = 384;
        float[][] corpus =
                IntStream.range(0, 100).mapToObj(i -> gaussian(dimensions)).toArray(float[][]::new);
        float[] query = gaussian(dimensions);
        for (Hit hit : ExactSearch.in(corpus).search(query, 100)) {
            double exact = 0;
            double size = 0;
            for (int i = 0; i < dimensions; i++) {
                exact += (double) query[i] * corpus[hit.document()][i];
                size += Math.abs((double) query[i] * corpus[hit.document()][i]);
            }
            assertEquals(exact, hit.score(), dimensions * size * Math.ulp(1f) / 2);
        }
    }

    @Test
    void search_arrays_isThatOfTheirRows() {
        float[][] corpus = eighths(70, 5);
        float[][] queries = eighths(9, 5);
        List<List<Hit>> expected = ExactSearch.in(corpus).search(queries, 4);
        ExactSearch search = ExactSearch.in(Nd4j.createFromArray(corpus).castTo(DataType.DOUBLE));
        assertEquals(70, search.size());
        assertEquals(5, search.dimensions());
        assertEquals(expected, search.search(Nd4j.createFromArray(queries).dup('f'), 4));
    }

    @Test
    void in_laterChanges_areNotSeen() {
        float[][] corpus = {{1, 0}, {0, 1}};
        ExactSearch search = ExactSearch.in(corpus);
        corpus[0][0] = -5;
        assertEquals(List.of(new Hit(0, 1), new Hit(1, 0)), search.search(new float[] {1, 0}, 3));
    }

    @Test
    void search_zerosOfBothSigns_areTied() {
        assertEquals(
                List.of(new Hit(0, 0), new Hit(1, 0)),
                ExactSearch.in(new float[][] {{-0.0f}, {0}}).search(new float[] {1}, 2));
    }

    @Test
    void search_noQueries_findsNothing() {
        assertEquals(List.of(), ExactSearch.in(new float[][] {{1}}).search(new float[0][], 2));
    }

    @Test
    void in_badDocuments_areRefused() {
        refused(
                "search: documents are [0, 0], expected one of one dimension at least",
                () -> ExactSearch.in(new float[0][]));
        refused(
                "search: documents are [2, 0], expected one of one dimension at least",
                () -> ExactSearch.in(new float[2][0]));
        refused(
                "search: documents[1] has 3 numbers, expected 2 as documents[0]",
                () -> ExactSearch.in(new float[][] {{1, 2}, {1, 2, 3}}));
        refused(
                "search: the squares of documents[1] sum to NaN, expected a finite number",
                () -> ExactSearch.in(new float[][] {{1, 2}, {1, Float.NaN}}));
        refused(
                "search: the squares of documents[0] sum to Infinity, expected a finite number",
                () -> ExactSearch.in(new float[][] {{1e20f, 2}}));
        refused(
                "search: documents is [3], expected [*, *] (one row for each)",
                () -> ExactSearch.in(Nd4j.zeros(DataType.FLOAT, 3)));
    }

    @Test
    void search_badQueries_areRefused() {
        ExactSearch search = ExactSearch.in(new float[][] {{1, 2}});
        refused(
                "search: queries[0] has 1 numbers, expected 2 as documents[0]",
                () -> search.search(new float[] {1}, 1));
        refused("search: k is 0, expected 1 or more", () -> search.search(new float[] {1, 2}, 0));
        refused(
                "search: the squares of queries[0] sum to Infinity, expected a finite number",
                () -> search.search(new float[] {1, Float.NEGATIVE_INFINITY}, 1));
        refused(
                "search: queries is INT, expected FLOAT or DOUBLE",
                () -> search.search(Nd4j.zeros(DataType.INT32, 1, 2), 1));
    }

    private static void refused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }

    private float[][] eighths(int rows, int columns) {
        float[][] values = new float[rows][columns];
        for (float[] row : values) {
            for (int i = 0; i < columns; i++) {
                row[i] = (random.nextInt(17) - 8) / 8f;
            }
        }
        return values;
    }

    private float[] gaussian(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum + 0.0f;
    }
}
