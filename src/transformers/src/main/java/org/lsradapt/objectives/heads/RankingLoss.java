package org.lsradapt.objectives.heads;

import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Target;

/**
 * The loss of a reranker's training. It compares the scores s of a query's passages, one number each, with the known
 * labels of the passages. Immutable.
 */
public abstract sealed class RankingLoss extends OutputLoss permits BinaryRankingLoss, LambdaLoss, MarginLoss {

    private final String description;
    private final boolean ofQueries;
    private final boolean ofScores;

    RankingLoss(String description, boolean ofQueries, boolean ofScores) {
        this.description = description;
        this.ofQueries = ofQueries;
        this.ofScores = ofScores;
    }

    /**
     * Binary cross-entropy of each passage by itself: with the label y, from 0 (not relevant) to 1 (relevant), the mean
     * over passages of
     *
     * <pre>
     *   −y·log σ(s) − (1 − y)·log(1 − σ(s))
     * </pre>
     */
    public static RankingLoss binary() {
        return new BinaryRankingLoss();
    }

    /**
     * A listwise loss: LambdaLoss with the weights of NDCG-Loss2++ (Wang et al. 2018, CIKM, equation 17, with μ = 10),
     * a bound of nDCG. A query's passages have grades y ≥ 0. With their ranks i by score, D(i) = log₂(1 + i), and G_i =
     * (2^y_i − 1) / Σ_j (2^y_j − 1) / D(j), where j runs over the passages in the order of their grades, it is the mean
     * over all pairs of passages of one query with y_i &gt; y_j of
     *
     * <pre>
     *   −(μ·|1/D(|i − j|) − 1/D(|i − j| + 1)| + |1/D(i) − 1/D(j)|)·|G_i − G_j|·log₂ σ(s_i − s_j)
     * </pre>
     *
     * <p>Each query needs passages of at least two different grades.
     */
    public static RankingLoss listwise() {
        return new LambdaLoss();
    }

    /**
     * The margin to a teacher's scores (Hofstätter et al., arXiv 2010.02666): with a teacher's scores t, and each
     * query's positive as its first passage, the mean over all other passages j of ((s_1 − s_j) − (t_1 − t_j))².
     */
    public static RankingLoss margin() {
        return new MarginLoss();
    }

    /** Whether the loss depends on a query's passages together, so that the parts of a step must not divide them. */
    public final boolean isOfQueries() {
        return ofQueries;
    }

    /** Whether the loss learns from a teacher's scores instead of relevance or grades. */
    public final boolean isOfScores() {
        return ofScores;
    }

    /**
     * Returns the targets of a query's passages. A loss that depends on a query's passages together takes
     * {@link Target.Passage}s; it needs at least two passages, whose sequences follow each other. Other losses take a
     * {@link Target.Value} for each.
     *
     * @param known relevance from 0 to 1, grades from 0, or a teacher's scores, one for each passage
     * @throws IllegalArgumentException if the loss cannot use them
     */
    public abstract List<Target> targets(double[] known);

    /** A description of the loss with all its settings. */
    @Override
    public final String toString() {
        return description;
    }

    @Override
    Map<String, String> settings() {
        return Map.of("loss", description);
    }

    /** Returns the targets of the passages of a query, which must have at least two. */
    static List<Target> passages(double[] known) {
        Require.argument(
                known.length >= 2, "ranking loss: a query with %d passages, expected at least 2", known.length);
        return IntStream.range(0, known.length)
                .<Target>mapToObj(i -> new Target.Passage(known[i], i == 0))
                .toList();
    }

    @FunctionalInterface
    interface Query {

        /** Computes the sum of a query's losses from scores and known labels; the gradient is zeros at first. */
        double sum(double[] scores, double[] known, double[] gradient);
    }

    static double sum(double[][] outputs, List<Target> targets, double total, double[][] gradients, Query query) {
        double sum = 0;
        for (int from = 0; from < targets.size(); ) {
            double[] known = known(targets, from);
            double[] scores = new double[known.length];
            double[] gradient = new double[known.length];
            for (int i = 0; i < known.length; i++) {
                scores[i] = outputs[from + i][0];
            }
            sum += query.sum(scores, known, gradient);
            for (int i = 0; i < known.length; i++) {
                gradients[from + i][0] = gradient[i] / total;
            }
            from += known.length;
        }
        return sum / total;
    }

    /** Returns the labels of the passages of the query that begins at the given index. */
    private static double[] known(List<Target> targets, int from) {
        int to = from + 1;
        while (to < targets.size() && !((Target.Passage) targets.get(to)).isFirst()) {
            to++;
        }
        return targets.subList(from, to).stream()
                .mapToDouble(target -> ((Target.Passage) target).known())
                .toArray();
    }

    /** Returns the sum of the weights that a function gives to queries from the labels of their passages. */
    static double weights(List<Target> targets, ToDoubleFunction<double[]> weight) {
        List<Target.Passage> passages = Target.require(Target.Passage.class, targets);
        Require.argument(
                passages.isEmpty() || passages.get(0).isFirst(),
                "ranking loss: the first passage continues a query, expected one that begins it");
        double sum = 0;
        for (int from = 0; from < targets.size(); ) {
            double[] known = known(targets, from);
            sum += weight.applyAsDouble(known);
            from += known.length;
        }
        return sum;
    }
}
