package org.lsradapt.retrieval;

import static org.lsradapt.lsr.internal.Require.argument;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.tasks.Candidates;
import org.lsradapt.tasks.IdentifiedText;
import org.lsradapt.tasks.RetrievalData;

/**
 * How good rankings are, by trec_eval's definitions (NIST). With g_i the grade of the document at rank i, from 1, where
 * 0 stands for a grade below 0 and for no judgement, and R the number of documents judged 1 or more, the metrics of a
 * query are
 *
 * <ul>
 *   <li>"ndcg@10": Σ g_i / log₂(i + 1) over the ranks up to 10, divided by the same of all judged documents in the
 *       order of their grades (trec_eval's {@code ndcg_cut.10});
 *   <li>"mrr@10": 1 / i of the first rank with g_i ≥ 1, 0 if that is beyond 10 ({@code recip_rank} of the first 10);
 *   <li>"map": Σ P_i / R over the ranks with g_i ≥ 1, P_i the fraction of such ranks among the first i ({@code map});
 *   <li>"recall@k": the number of ranks up to k with g_i ≥ 1, divided by R, for k of 1, 5, 10 and 100
 *       ({@code recall.k}).
 * </ul>
 *
 * <p>All are 0 where R is 0. Documents of equal scores are ranked by their ids, the last in the order of their UTF-8
 * bytes first, as trec_eval does. The value of a set is the mean over all judged queries, also those for which nothing was
 * found (trec_eval's option {@code -c}); a query without judgements does not count.
 */
public final class RankingMetrics {

    /** The names of the metrics, the one to choose by first. */
    public static final List<String> NAMES =
            List.of("ndcg@10", "mrr@10", "map", "recall@1", "recall@5", "recall@10", "recall@100");

    /** How many documents {@link #of(RetrievalData, float[][], float[][])} finds for a query. */
    static final int DEPTH = 1000;

    private static final Comparator<String> BY_BYTES =
            (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    private static final Comparator<Map.Entry<String, Float>> RANKING = Comparator.comparingDouble(
                    (Map.Entry<String, Float> entry) -> entry.getValue() + 0.0) // -0.0 becomes 0.0
            .thenComparing(Map.Entry.comparingByKey(BY_BYTES))
            .reversed();

    /** How many queries are searched for at a time, so that what is found does not fill the memory. */
    private static final int AT_ONCE = 256;

    private RankingMetrics() {}

    /**
     * The metrics of rankings.
     *
     * @param judgements grades by query and document; at least one query
     * @param scores by query and document: what was found, the larger the better; any number of documents
     * @return the values by {@link #NAMES}, in that order, each in [0, 1]; cannot be modified
     * @throws IllegalArgumentException if there are no judgements or a score is not a number
     */
    public static Map<String, Double> of(
            Map<String, Map<String, Integer>> judgements, Map<String, Map<String, Float>> scores) {
        argument(
                !judgements.isEmpty(),
                "ranking metrics: there are no judgements, expected those of one query at least");
        double[] sums = new double[NAMES.size()];
        judgements.forEach((query, grades) -> {
            Map<String, Float> found = scores.getOrDefault(query, Map.of());
            argument(
                    found.values().stream().noneMatch(score -> score.isNaN()),
                    "ranking metrics: query '%s' has the score NaN, expected numbers",
                    query);
            add(sums, grades, found.entrySet().stream().sorted(RANKING).map(Map.Entry::getKey));
        });
        return means(sums, judgements.size());
    }

    /**
     * The metrics of an exact search by dot products for the 1,000 best documents. A document whose id is the query's
     * is not found by it, as in BEIR.
     *
     * @param data documents, queries and judgements
     * @param queries embeddings [m, d] of {@link RetrievalData#queries()}, in their order
     * @param documents embeddings [n, d] of {@link RetrievalData#corpus()}, in their order
     * @return the values by {@link #NAMES}, in that order, each in [0, 1]; cannot be modified
     * @throws IllegalArgumentException if there are more or fewer embeddings than texts, or they are not of one length
     *     or not finite
     */
    public static Map<String, Double> of(RetrievalData data, float[][] queries, float[][] documents) {
        requireSize("queries", queries.length, data.queries());
        requireSize("documents", documents.length, data.corpus());
        ExactSearch.requireRows("documents", documents, documents[0].length);
        ExactSearch.requireRows("queries", queries, documents[0].length);
        // The search prefers low rows among equal scores: with the last ids first, what it cuts off is right, too.
        List<String> ids = data.corpus().stream().map(IdentifiedText::id).toList();
        int[] order = IntStream.range(0, documents.length)
                .boxed()
                .sorted(Comparator.comparing(ids::get, BY_BYTES.reversed()))
                .mapToInt(Integer::intValue)
                .toArray();
        ExactSearch search = ExactSearch.in(
                Arrays.stream(order).mapToObj(row -> documents[row]).toArray(float[][]::new));
        double[] sums = new double[NAMES.size()];
        for (int from = 0; from < queries.length; from += AT_ONCE) {
            int to = Math.min(queries.length, from + AT_ONCE);
            List<List<Hit>> found = search.search(Arrays.copyOfRange(queries, from, to), DEPTH + 1);
            for (int i = from; i < to; i++) {
                String query = data.queries().get(i).id();
                add(
                        sums,
                        data.judgements().get(query),
                        found.get(i - from).stream()
                                .map(hit -> ids.get(order[hit.document()]))
                                .filter(id -> !id.equals(query))
                                .limit(DEPTH));
            }
        }
        return means(sums, queries.length);
    }

    /**
     * The metrics of a first stage's order of its candidates, as it is.
     *
     * @param candidates queries with what was found
     * @return the values by {@link #NAMES}, in that order, each in [0, 1]; cannot be modified
     */
    public static Map<String, Double> of(Candidates candidates) {
        return reranked(
                candidates, query -> new double[candidates.found().get(query).size()]);
    }

    /**
     * The metrics of candidates in the order of new scores, those of equal scores in the first stage's.
     *
     * @param candidates queries with what was found
     * @param scores by {@link RetrievalData#queries()}, in their order, a number for each of a query's candidates, in their
     *     order; the larger the better
     * @return the values by {@link #NAMES}, in that order, each in [0, 1]; cannot be modified
     * @throws IllegalArgumentException if there are more or fewer scores than candidates, or one is NaN
     */
    public static Map<String, Double> of(Candidates candidates, List<double[]> scores) {
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

    private static Map<String, Double> reranked(Candidates candidates, Function<String, double[]> scores) {
        double[] sums = new double[NAMES.size()];
        candidates.found().forEach((query, ids) -> {
            double[] some = scores.apply(query);
            add(
                    sums,
                    candidates.data().judgements().get(query),
                    IntStream.range(0, some.length)
                            .boxed()
                            .sorted(Comparator.comparingDouble(i -> -some[i]))
                            .map(ids::get));
        });
        return means(sums, candidates.found().size());
    }

    /** Adds the metrics of a query, given the ids of what was found, best first. */
    private static void add(double[] sums, Map<String, Integer> judged, Stream<String> found) {
        double[] values = values(
                judged, found.mapToInt(id -> gain(judged.getOrDefault(id, 0))).toArray());
        Arrays.setAll(sums, i -> sums[i] + values[i]);
    }

    private static Map<String, Double> means(double[] sums, int queries) {
        Map<String, Double> means = new LinkedHashMap<>();
        IntStream.range(0, sums.length).forEach(i -> means.put(NAMES.get(i), sums[i] / queries));
        return Collections.unmodifiableMap(means);
    }

    /** The metrics of one query, given the grades of what was found, best first. */
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
