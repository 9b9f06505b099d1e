package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;

/** See {@link RankingLoss#listwise}. */
final class LambdaLoss extends RankingLoss {
    private static final double MU = 10;
    private static final double HIGHEST_GRADE = 60;
    private static final double LOG_2 = Math.log(2);

    LambdaLoss() {
        super("LambdaLoss, NDCG-Loss2++", true, false);
    }

    @Override
    public List<Target> targets(double[] known) {
        for (double grade : known) {
            Require.argument(
                    grade >= 0 && grade <= HIGHEST_GRADE,
                    "listwise loss: label %s, expected a grade from 0 to %.0f",
                    grade,
                    HIGHEST_GRADE);
        }
        Require.argument(
                pairs(known) > 0,
                "listwise loss: all %d passages of a query have the label %s, expected two different ones",
                known.length,
                known.length == 0 ? "none" : known[0]);
        return passages(known);
    }

    @Override
    double weight(List<Target> targets) {
        return weights(targets, LambdaLoss::pairs);
    }

    /** Counts the pairs in which the first passage has the higher grade. */
    private static double pairs(double[] grades) {
        int pairs = 0;
        for (double higher : grades) {
            for (double lower : grades) {
                pairs += higher > lower ? 1 : 0;
            }
        }
        return pairs;
    }

    @Override
    double loss(double[][] outputs, List<Target> targets, double total, double[][] gradients) {
        return sum(outputs, targets, total, gradients, LambdaLoss::query);
    }

    private static double query(double[] scores, double[] grades, double[] gradient) {
        int[] ranked = IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -scores[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double ideal = ideal(grades);
        double sum = 0;
        for (int i = 0; i < ranked.length; i++) {
            for (int j = 0; j < ranked.length; j++) {
                int better = ranked[i];
                int worse = ranked[j];
                if (grades[better] <= grades[worse]) {
                    continue;
                }
                int apart = Math.abs(i - j);
                double gain = (gain(grades[better]) - gain(grades[worse])) / ideal;
                double weight = gain
                        * (MU * Math.abs(discount(apart) - discount(apart + 1))
                                + Math.abs(discount(i + 1) - discount(j + 1)));
                double margin = scores[better] - scores[worse];
                sum -= weight * Loss.logSigmoid(margin) / LOG_2;
                double slope = weight * Loss.sigmoid(-margin) / LOG_2;
                gradient[better] -= slope;
                gradient[worse] += slope;
            }
        }
        return sum;
    }

    private static double ideal(double[] grades) {
        double[] sorted = grades.clone();
        Arrays.sort(sorted);
        double sum = 0;
        for (int rank = 1; rank <= sorted.length; rank++) {
            sum += gain(sorted[sorted.length - rank]) * discount(rank);
        }
        return sum;
    }

    private static double gain(double grade) {
        return Math.pow(2, grade) - 1;
    }

    /** 1 / D(rank). */
    private static double discount(int rank) {
        return LOG_2 / Math.log(1.0 + rank);
    }
}
