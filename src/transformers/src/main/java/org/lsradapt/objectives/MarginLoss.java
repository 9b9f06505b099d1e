package org.lsradapt.objectives;

import java.util.Arrays;
import org.lsradapt.lsr.internal.Require;

/** See {@link RankingLoss#margin}. */
final class MarginLoss extends RankingLoss {

    @Override
    public boolean isOfQueries() {
        return true;
    }

    /** Only differences matter, so the smallest one becomes 0. */
    @Override
    public double[] labels(double[] known) {
        for (double score : known) {
            Require.argument(Double.isFinite(score), "margin loss: a teacher's score is %s, expected a number", score);
        }
        double least = Arrays.stream(known).min().orElse(0);
        return marked(Arrays.stream(known).map(score -> score - least).toArray());
    }

    @Override
    public boolean isOfScores() {
        return true;
    }

    @Override
    public String toString() {
        return "margin to a teacher's scores";
    }

    @Override
    double weight(double[] labels) {
        return weights(labels, known -> known.length - 1);
    }

    @Override
    double loss(double[][] outputs, double[] labels, double total, double[][] gradients) {
        return sum(outputs, labels, total, gradients, (scores, known, gradient) -> {
            double sum = 0;
            for (int j = 1; j < scores.length; j++) {
                double error = (scores[0] - scores[j]) - (known[0] - known[j]);
                sum += error * error;
                gradient[0] += 2 * error;
                gradient[j] -= 2 * error;
            }
            return sum;
        });
    }
}
