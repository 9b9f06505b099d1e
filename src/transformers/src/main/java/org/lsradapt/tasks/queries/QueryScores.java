package org.lsradapt.tasks.queries;

import java.util.Arrays;
import org.lsradapt.data.metrics.Measurement;
import org.lsradapt.retrieval.RankingMetrics;

/**
 * The metrics of queries ({@link RankingMetrics#NAMES}) without and with an adapter, with their values by query.
 *
 * @param after the queries with the adapter
 * @param gain the differences of the two, query by query
 */
public record QueryScores(Measurement before, Measurement after, Measurement gain) {

    /** Compares values by query, each row by {@link RankingMetrics#NAMES}. */
    static QueryScores of(double[][] before, double[][] after) {
        double[][] gains = new double[before.length][];
        Arrays.setAll(gains, query -> {
            double[] gain = after[query].clone();
            Arrays.setAll(gain, i -> after[query][i] - before[query][i]);
            return gain;
        });
        return new QueryScores(
                RankingMetrics.measured(before), RankingMetrics.measured(after), RankingMetrics.measured(gains));
    }
}
