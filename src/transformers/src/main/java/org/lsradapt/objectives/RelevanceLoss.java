package org.lsradapt.objectives;

import org.lsradapt.lsr.internal.Require;

/** See {@link RankingLoss#binary}. */
final class RelevanceLoss extends RankingLoss {

    @Override
    public boolean isOfQueries() {
        return false;
    }

    @Override
    public double[] labels(double[] known) {
        weight(known);
        return known.clone();
    }

    @Override
    public boolean isOfScores() {
        return false;
    }

    @Override
    public String toString() {
        return "binary cross-entropy";
    }

    @Override
    double weight(double[] labels) {
        for (double label : labels) {
            Require.argument(
                    label >= 0 && label <= 1, "binary loss: label %s, expected a relevance from 0 to 1", label);
        }
        return labels.length;
    }

    @Override
    double loss(double[][] outputs, double[] labels, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < labels.length; i++) {
            double score = outputs[i][0];
            sum -= labels[i] * logSigmoid(score) + (1 - labels[i]) * logSigmoid(-score);
            gradients[i][0] = (sigmoid(score) - labels[i]) / total;
        }
        return sum / total;
    }
}
