package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.lsradapt.lsr.internal.Require;

/**
 * The loss of a reranker's training: how its scores s of a query's passages, one number each, agree with what is known of
 * the passages. Immutable.
 */
public abstract sealed class RankingLoss extends OutputLoss permits RelevanceLoss, LambdaLoss, MarginLoss {

    RankingLoss() {}

    /**
     * Binary cross-entropy of each passage by itself: with y from 0, not relevant, to 1, relevant, the mean over passages of
     *
     * <pre>
     *   −y·log σ(s) − (1 − y)·log(1 − σ(s))
     * </pre>
     */
    public static RankingLoss binary() {
        return new RelevanceLoss();
    }

    /**
     * A listwise loss: LambdaLoss with the weights of NDCG-Loss2++ (Wang et al. 2018, CIKM, equation 17, with μ = 10), a bound of
     * nDCG. A query's passages have grades y ≥ 0. With their ranks i by score, D(i) = log₂(1 + i), and
     * G_i = (2^y_i − 1) / Σ_j (2^y_j − 1) / D(j) with j over the passages in the order of their grades, it is the mean over
     * all pairs of passages of one query with y_i &gt; y_j of
     *
     * <pre>
     *   −(μ·|1/D(|i − j|) − 1/D(|i − j| + 1)| + |1/D(i) − 1/D(j)|)·|G_i − G_j|·log₂ σ(s_i − s_j)
     * </pre>
     *
     * <p>Each query needs passages of two grades.
     */
    public static RankingLoss listwise() {
        return new LambdaLoss();
    }

    /**
     * The margin to a teacher's scores (Hofstätter et al., arXiv 2010.02666): with a teacher's scores t, and each query's
     * first passage its positive, the mean over all other passages j of ((s_1 − s_j) − (t_1 − t_j))².
     */
    public static RankingLoss margin() {
        return new MarginLoss();
    }

    /** Whether it is of a query's passages together, which a step's parts must not divide. */
    public abstract boolean isOfQueries();

    /** Whether it learns from a teacher's scores, not from relevance or grades. */
    public abstract boolean isOfScores();

    /**
     * The labels of a query's passages as an objective takes them. Where the loss is of a query's passages together, they also
     * say where a query begins: there must be at least two passages, and their sequences follow each other.
     *
     * @param known relevance from 0 to 1, grades from 0, or a teacher's scores, one for each passage
     * @return as many labels, new
     * @throws IllegalArgumentException if the loss has no use for them
     */
    public abstract double[] labels(double[] known);

    /** All that it depends on but for outputs and labels. */
    @Override
    public abstract String toString();

    @Override
    Map<String, String> settings() {
        return Map.of("loss", toString());
    }

    /** Numbers of at least 0, of which the first one becomes negative. */
    static double[] marked(double[] known) {
        Require.argument(
                known.length >= 2, "ranking loss: a query with %d passages, expected at least 2", known.length);
        double[] labels = known.clone();
        labels[0] = -1 - labels[0];
        return labels;
    }

    /** A query's part of a loss. */
    @FunctionalInterface
    interface Query {

        /**
         * The sum of a query's losses.
         *
         * @param scores those of its passages
         * @param known what is known of each
         * @param gradient of the sum by the scores, zeros at first
         */
        double sum(double[] scores, double[] known, double[] gradient);
    }

    /** Divides what {@link #marked} marked into queries, and adds up. */
    static double sum(double[][] outputs, double[] labels, double total, double[][] gradients, Query query) {
        double sum = 0;
        for (int from = 0; from < labels.length; ) {
            int to = end(labels, from);
            double[] known = Arrays.copyOfRange(labels, from, to);
            known[0] = -1 - known[0];
            double[] scores = new double[to - from];
            double[] gradient = new double[to - from];
            for (int i = from; i < to; i++) {
                scores[i - from] = outputs[i][0];
            }
            sum += query.sum(scores, known, gradient);
            for (int i = from; i < to; i++) {
                gradients[i][0] = gradient[i - from] / total;
            }
            from = to;
        }
        return sum / total;
    }

    /** Where the query ends that begins at a place. */
    private static int end(double[] labels, int from) {
        int to = from + 1;
        while (to < labels.length && labels[to] >= 0) {
            to++;
        }
        return to;
    }

    /** The sum of queries' weights, given what is known of their passages. */
    static double weights(double[] labels, ToDoubleFunction<double[]> weight) {
        double sum = 0;
        for (int from = 0; from < labels.length; ) {
            Require.argument(
                    labels[from] <= -1,
                    "ranking loss: label %s of the first passage, expected labels as RankingLoss.labels makes them",
                    labels[from]);
            int to = end(labels, from);
            double[] known = Arrays.copyOfRange(labels, from, to);
            known[0] = -1 - known[0];
            sum += weight.applyAsDouble(known);
            from = to;
        }
        return sum;
    }

    /** log σ(x) without overflow. */
    static double logSigmoid(double x) {
        return Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)));
    }

    /** σ(x) without overflow. */
    static double sigmoid(double x) {
        double power = Math.exp(-Math.abs(x));
        return x >= 0 ? 1 / (1 + power) : power / (1 + power);
    }
}
