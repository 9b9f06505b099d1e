package org.lsradapt.retrieval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.IdentifiedText;

class RankingMetricsTest {

    /** Sums of at most a few hundred numbers of size 1 in double precision. */
    private static final double ROUNDING = 1e-12;

    private record Golden(
            Map<String, Map<String, Integer>> judgements,
            Map<String, Map<String, Float>> scores,
            Map<String, Map<String, Double>> values) {}

    @Test
    void of_eachQuery_equalsTrecEval() throws IOException {
        int compared = 0;
        int zeros = 0;
        for (Golden golden : golden()) {
            for (String query : golden.values().keySet()) {
                Map<String, Double> values =
                        RankingMetrics.of(Map.of(query, golden.judgements().get(query)), golden.scores());
                assertClose(golden.values().get(query), values, query);
                compared++;
                zeros += values.get("map") == 0 ? 1 : 0;
            }
        }
        assertTrue(compared > 12 && zeros > 2, compared + " queries, " + zeros + " without anything relevant");
    }

    @Test
    void of_queriesWithoutJudgements_doNotCountAndThoseWithoutHitsCountAsZero() throws IOException {
        boolean unjudged = false;
        boolean withoutHits = false;
        for (Golden golden : golden()) {
            unjudged |=
                    !golden.judgements().keySet().containsAll(golden.scores().keySet());
            withoutHits |=
                    !golden.values().keySet().containsAll(golden.judgements().keySet());
            Map<String, Double> expected = RankingMetrics.NAMES.stream()
                    .collect(Collectors.toMap(
                            name -> name,
                            name -> golden.values().values().stream()
                                            .mapToDouble(values -> values.get(name))
                                            .sum()
                                    / golden.judgements().size()));
            assertClose(expected, RankingMetrics.of(golden.judgements(), golden.scores()), "mean");
        }
        assertTrue(unjudged && withoutHits);
    }

    @Test
    void of_embeddings_isTheSameAsOfTheirDotProducts() {
        List<String> ids = IntStream.range(0, 1500).mapToObj(i -> "d" + i).toList();
        // Ten documents are better than 1,490 equal ones, of which the last ids come first: d999, d998, ...
        float[][] documents = IntStream.range(0, ids.size())
                .mapToObj(i -> new float[] {i % 150 == 0 ? 2 + i : 1, 0.5f})
                .toArray(float[][]::new);
        float[][] queries = {{1, 1}, {-1, 0}};
        Map<String, Map<String, Integer>> judgements = Map.of(
                "q", Map.of("d999", 1, "d1350", 2, "d150", 1, "d1001", 1),
                "other", Map.of("d998", 3, "d0", 1));
        RetrievalData data = new RetrievalData(
                ids.stream().map(id -> new IdentifiedText(id, "text")).toList(),
                List.of(new IdentifiedText("q", "one"), new IdentifiedText("other", "two")),
                judgements);
        Map<String, Map<String, Float>> scores =
                Map.of("q", scores(ids, queries[0], documents), "other", scores(ids, queries[1], documents));
        Map<String, Double> found = RankingMetrics.of(data, queries, documents);
        // d1350 is the first of query q; of the 1,490 equal ones, d998 is the second.
        assertEquals((1.0 + 0.5) / 2, found.get("mrr@10"), ROUNDING);
        assertTrue(found.get("map") < RankingMetrics.of(judgements, scores).get("map"));
        // Beyond the 1,000 best.
        scores.get("q").remove("d1001");
        scores.get("other").remove("d0");
        assertClose(RankingMetrics.of(judgements, scores), found, "all");
    }

    @Test
    void of_manyQueries_countsEachOfThem() {
        int queries = 600;
        List<IdentifiedText> texts = IntStream.range(0, queries)
                .mapToObj(i -> new IdentifiedText("q" + i, "text"))
                .toList();
        RetrievalData data = new RetrievalData(
                List.of(new IdentifiedText("a", "one"), new IdentifiedText("b", "two")),
                texts,
                texts.stream().collect(Collectors.toMap(IdentifiedText::id, text -> Map.of("a", 1))));
        float[][] embeddings = IntStream.range(0, queries)
                .mapToObj(i -> i < 450 ? new float[] {1, 0} : new float[] {0, 1})
                .toArray(float[][]::new);
        Map<String, Double> values = RankingMetrics.of(data, embeddings, new float[][] {{1, 0}, {0, 1}});
        assertEquals(0.75, values.get("recall@1"), ROUNDING);
        assertEquals(0.75 + 0.25 / 2, values.get("map"), ROUNDING);
    }

    @Test
    void of_zerosOfBothSigns_areTied() {
        assertEquals(
                1,
                RankingMetrics.of(Map.of("q", Map.of("b", 1)), Map.of("q", Map.of("a", 0.0f, "b", -0.0f)))
                        .get("recall@1"));
    }

    @Test
    void of_documentWithTheQuerysId_isNotFound() {
        RetrievalData data = new RetrievalData(
                List.of(new IdentifiedText("a", "one"), new IdentifiedText("b", "two"), new IdentifiedText("c", "3")),
                List.of(new IdentifiedText("a", "one")),
                Map.of("a", Map.of("b", 1)));
        float[][] documents = {{1, 0}, {0.5f, 0.5f}, {0, 1}};
        assertEquals(
                1, RankingMetrics.of(data, new float[][] {{1, 0}}, documents).get("recall@1"));
    }

    @Test
    void of_embeddingsThatDoNotFit_areRefused() {
        RetrievalData data = new RetrievalData(
                List.of(new IdentifiedText("b", "two")),
                List.of(new IdentifiedText("a", "one")),
                Map.of("a", Map.of("b", 1)));
        assertEquals(
                "ranking metrics: there are 2 embeddings of 1 documents, expected as many",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> RankingMetrics.of(data, new float[1][3], new float[2][3]))
                        .getMessage());
        assertEquals(
                "ranking metrics: there are 0 embeddings of 1 queries, expected as many",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> RankingMetrics.of(data, new float[0][3], new float[1][3]))
                        .getMessage());
    }

    @Test
    void of_badEmbedding_isNamedByItsRow() {
        RetrievalData data = new RetrievalData(
                List.of(new IdentifiedText("a", "one"), new IdentifiedText("b", "two")),
                List.of(new IdentifiedText("q", "what")),
                Map.of("q", Map.of("b", 1)));
        assertEquals(
                "search: the squares of documents[0] sum to NaN, expected a finite number",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> RankingMetrics.of(data, new float[][] {{1, 2}}, new float[][] {
                                    {Float.NaN, 1}, {1, 1}
                                }))
                        .getMessage());
        assertEquals(
                "search: queries[0] has 1 numbers, expected 2 as documents[0]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> RankingMetrics.of(data, new float[][] {{1}}, new float[][] {{1, 1}, {1, 1}}))
                        .getMessage());
    }

    @Test
    void of_noJudgementsOrScores_areRefused() {
        assertEquals(
                "ranking metrics: there are no judgements, expected those of one query at least",
                assertThrows(IllegalArgumentException.class, () -> RankingMetrics.of(Map.of(), Map.of()))
                        .getMessage());
        assertEquals(
                "ranking metrics: query 'a' has the score NaN, expected numbers",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> RankingMetrics.of(
                                        Map.of("a", Map.of("b", 1)), Map.of("a", Map.of("b", Float.NaN))))
                        .getMessage());
    }

    private static Map<String, Float> scores(List<String> ids, float[] query, float[][] documents) {
        return IntStream.range(0, ids.size())
                .boxed()
                .collect(Collectors.toMap(ids::get, i -> query[0] * documents[i][0] + query[1] * documents[i][1]));
    }

    private static void assertClose(Map<String, Double> expected, Map<String, Double> values, String what) {
        assertEquals(RankingMetrics.NAMES, List.copyOf(values.keySet()));
        values.forEach((name, value) -> assertEquals(expected.get(name), value, ROUNDING, what + " " + name));
    }

    private static List<Golden> golden() throws IOException {
        try (InputStream in = RankingMetricsTest.class.getResourceAsStream("/golden/retrieval/trec_eval.json")) {
            return new ObjectMapper().readValue(in, new TypeReference<>() {});
        }
    }
}
