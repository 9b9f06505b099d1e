package org.lsradapt.retrieval;

import static org.lsradapt.lsr.internal.Require.argument;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.data.IdentifiedText;
import org.lsradapt.data.metrics.Measurement;

/**
 * Metrics of rankings, by trec_eval's definitions (NIST). With g_i the grade of the document at rank i, from 1, where 0
 * stands for a grade below 0 and for no judgement, and R the number of documents judged 1 or more, the metrics of a
 * query are
 *
 * <ul>
 *   <li>"ndcg@10": Σ g_i / log₂(i + 1) over the ranks up to 10, divided by the same sum over all judged documents in
 *       the order of their grades (trec_eval's {@code ndcg_cut.10});
 *   <li>"mrr@10": 1 / i of the first rank with g_i ≥ 1, 0 if that is beyond 10 ({@code recip_rank} of the first 10);
 *   <li>"map": Σ P_i / R over the ranks with g_i ≥ 1, P_i the fraction of such ranks among the first i ({@code map});
 *   <li>"recall@k": the number of ranks up to k with g_i ≥ 1, divided by R, for k of 1, 5, 10 and 100
 *       ({@code recall.k}).
 * </ul>
 *
 * <p>All are 0 where R is 0. As in trec_eval, documents with equal scores are ranked by their ids, in descending order
 * of the UTF-8 bytes. The value of a set is the mean over all judged queries, including queries without results
 * (trec_eval's option {@code -c}); a query without judgements does not count.
 */
public final class RankingMetrics {

    /** The names of the metrics. The first one chooses the best parameters. */
    public static final List<String> NAMES =
            List.of("ndcg@10", "mrr@10", "map", "recall@1", "recall@5", "recall@10", "recall@100");

    /** The number of documents that {@link #of(RetrievalData, float[][], float[][])} finds for a query. */
    static final int DEPTH = 1000;

    private static final Comparator<String> BY_BYTES =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    private static final Comparator<Map.Entry<String, Float>> RANKING = Comparator.comparingDouble(
                    (Map.Entry<String, Float> entry) -> entry.getValue() + 0.0) // -0.0 becomes 0.0
            .thenComparing(Map.Entry.comparingByKey(BY_BYTES))
            .reversed();

    /** The number of queries in one search, which bounds the memory of the results. */
    private static final int AT_ONCE = 256;

    private RankingMetrics() {}

    /**
     * The metrics of rankings.
     *
     * @param judgements grades by query and document; at least one query
     * @param scores scores of the found documents, by query and document; larger is better; any number of documents
     * @return the values by {@link #NAMES}, in that order, each in [0, 1]; cannot be modified
     * @throws IllegalArgumentException if there are no judgements or a score is not a number
     */
    public static Map<String, Double> of(
            Map<String, Map<String, Integer>> judgements, Map<String, Map<String, Float>> scores) {
        argument(
                !judgements.isEmpty(),
                "ranking metrics: there are no judgements, expected those of one query at least");
        List<double[]> rows = new ArrayList<>();
        judgements.forEach((query, grades) -> {
            Map<String, Float> found = scores.getOrDefault(query, Map.of());
            argument(
                    found.values().stream().noneMatch(score -> score.isNaN()),
                    "ranking metrics: query '%s' has the score NaN, expected numbers",
                    query);
            rows.add(values(grades, found.entrySet().stream().sorted(RANKING).map(Map.Entry::getKey)));
        });
        return measured(rows.toArray(double[][]::new)).metrics();
    }

    /**
     * The metrics of an exact search by dot products for the 1,000 best documents. As in BEIR, a query does not find a
     * document that has the query's id.
     *
     * @param queries embeddings [m, d] of {@link RetrievalData#queries()}, in their order
     * @param documents embeddings [n, d] of {@link RetrievalData#corpus()}, in their order
     * @return the values by {@link #NAMES}, in that order, each in [0, 1]; cannot be modified
     * @throws IllegalArgumentException if the numbers of embeddings and texts differ, or embeddings have different
     *     lengths or are not finite
     */
    public static Map<String, Double> of(RetrievalData data, float[][] queries, float[][] documents) {
        return measured(byQuery(data, queries, documents)).metrics();
    }

    /**
     * The values of the metrics for each query, of the same search.
     *
     * @param queries embeddings as for {@link #of(RetrievalData, float[][], float[][])}, as are those of the documents
     * @return for each query its values by {@link #NAMES}
     */
    public static double[][] byQuery(RetrievalData data, float[][] queries, float[][] documents) {
        requireSize("queries", queries.length, data.queries());
        requireSize("documents", documents.length, data.corpus());
        ExactSearch.requireRows("documents", documents, documents[0].length);
        ExactSearch.requireRows("queries", queries, documents[0].length);
        // The search prefers low rows among equal scores. So the documents are sorted by descending id: then what it
        // cuts off is right, too.
        List<String> ids = data.corpus().stream().map(IdentifiedText::id).toList();
        int[] order = IntStream.range(0, documents.length)
                .boxed()
                .sorted(Comparator.comparing(ids::get, BY_BYTES.reversed()))
                .mapToInt(Integer::intValue)
                .toArray();
        ExactSearch search = ExactSearch.in(
                Arrays.stream(order).mapToObj(row -> documents[row]).toArray(float[][]::new));
        double[][] rows = new double[queries.length][];
        for (int from = 0; from < queries.length; from += AT_ONCE) {
            int to = Math.min(queries.length, from + AT_ONCE);
            List<List<Hit>> found = search.search(Arrays.copyOfRange(queries, from, to), DEPTH + 1);
            for (int i = from; i < to; i++) {
                String query = data.queries().get(i).id();
                rows[i] = values(
                        data.judgements().get(query),
                        found.get(i - from).stream()
                                .map(hit -> ids.get(order[hit.document()]))
                                .filter(id -> !id.equals(query))
                                .limit(DEPTH));
            }
        }
        return rows;
    }

    /** Returns the means of values by query, each row by {@link #NAMES}, with the rows for {@link Measurement#resamples}. */
    public static Measurement measured(double[][] byQuery) {
        return Measurement.ofMeans(NAMES, byQuery);
    }

    /** The metrics of the candidates in the order of the first stage, by {@link #NAMES}, each in [0, 1]; cannot be modified. */
    public static Map<String, Double> of(Candidates candidates) {
        return reranked(
                        candidates,
                        query -> new double[candidates.found().get(query).size()])
                .metrics();
    }

    /**
     * The metrics of the candidates in the order of new scores. Candidates with equal scores stay in the order of the
     * first stage.
     *
     * @param scores for each of {@link RetrievalData#queries()} a score for each candidate, both in their order; larger
     *     is better
     * @return the values by {@link #NAMES}, in that order, each in [0, 1], with those of each query
     * @throws IllegalArgumentException if the numbers of scores and candidates differ, or a score is NaN
     */
    public static Measurement of(Candidates candidates, List<double[]> scores) {
        requireSize("queries", scores.size(), candidates.data().queries());
        Map<String, double[]> byQuery = new HashMap<>();
        for (int i = 0; i < scores.size(); i++) {
            String query = candidates.data().queries().get(i).id();
            double[] some = scores.get(i);
            int found = candidates.found().get(query).size();
            argument(
                    some.length == found && Arrays.stream(some).noneMatch(Double::isNaN),
                    "ranking metrics: query '%s' has the scores %s, expected %d numbers",
                    query,
                    Arrays.toString(some),
                    found);
            byQuery.put(query, some);
        }
        return reranked(candidates, byQuery::get);
    }

    private static Measurement reranked(Candidates candidates, Function<String, double[]> scores) {
        List<double[]> rows = new ArrayList<>();
        candidates.found().forEach((query, ids) -> {
            double[] some = scores.apply(query);
            rows.add(values(
                    candidates.data().judgements().get(query),
                    IntStream.range(0, some.length)
                            .boxed()
                            .sorted(Comparator.comparingDouble(i -> -some[i]))
                            .map(ids::get)));
        });
        return measured(rows.toArray(double[][]::new));
    }

    /** The metrics of a query, given the ids of the found documents, best first. */
    private static double[] values(Map<String, Integer> judged, Stream<String> found) {
        return values(
                judged, found.mapToInt(id -> gain(judged.getOrDefault(id, 0))).toArray());
    }

    /** The metrics of one query, given the grades of the found documents, best first. */
    private static double[] values(Map<String, Integer> judged, int[] grades) {
        int[] ideal = judged.values().stream()
                .map(RankingMetrics::gain)
                .sorted(Comparator.reverseOrder())
                .mapToInt(Integer::intValue)
                .toArray();
        double relevant = hits(ideal, ideal.length);
        if (relevant == 0) {
            return new double[NAMES.size()];
        }
        return new double[] {
            discounted(grades, 10) / discounted(ideal, 10),
            reciprocalRank(grades, 10),
            precisions(grades) / relevant,
            hits(grades, 1) / relevant,
            hits(grades, 5) / relevant,
            hits(grades, 10) / relevant,
            hits(grades, 100) / relevant
        };
    }

    private static int gain(int grade) {
        return Math.max(0, grade);
    }

    private static double discounted(int[] grades, int k) {
        return IntStream.range(0, Math.min(k, grades.length))
                .mapToDouble(i -> grades[i] * Math.log(2) / Math.log(i + 2))
                .sum();
    }

    private static double reciprocalRank(int[] grades, int k) {
        return IntStream.range(0, Math.min(k, grades.length))
                .filter(i -> grades[i] > 0)
                .mapToDouble(i -> 1.0 / (i + 1))
                .findFirst()
                .orElse(0);
    }

    private static double precisions(int[] grades) {
        double sum = 0;
        int hits = 0;
        for (int i = 0; i < grades.length; i++) {
            if (grades[i] > 0) {
                hits++;
                sum += (double) hits / (i + 1);
            }
        }
        return sum;
    }

    private static double hits(int[] grades, int k) {
        return Arrays.stream(grades).limit(k).filter(grade -> grade > 0).count();
    }

    private static void requireSize(String name, int embeddings, List<IdentifiedText> texts) {
        argument(
                embeddings == texts.size(),
                "ranking metrics: there are %d embeddings of %d %s, expected as many",
                embeddings,
                texts.size(),
                name);
    }
}
