package org.lsradapt.objectives;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.lsr.internal.Require;

/** A mean of losses that are each of one sequence alone, weighted by its class where classes have weights. */
final class EachOutput extends OutputLoss {
    private final Loss loss;
    private final int outputs;
    private final Optional<double[]> classWeights;

    EachOutput(Loss loss, int outputs, Optional<double[]> classWeights) {
        this.loss = loss;
        this.outputs = outputs;
        this.classWeights = classWeights;
    }

    Optional<double[]> classWeights() {
        return classWeights.map(double[]::clone);
    }

    @Override
    double weight(double[] labels) {
        double sum = 0;
        for (double label : labels) {
            Require.argument(
                    loss != Loss.CROSS_ENTROPY || (label == Math.rint(label) && label >= 0 && label < outputs),
                    "training step: label %s, expected a class index from 0 to %d",
                    label,
                    outputs - 1);
            sum += weight(label);
        }
        return sum;
    }

    private double weight(double label) {
        return classWeights.isEmpty() ? 1 : classWeights.get()[(int) label];
    }

    @Override
    double loss(double[][] rows, double[] labels, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < rows.length; i++) {
            double weight = weight(labels[i]);
            sum += weight * loss.one(rows[i], labels[i], gradients[i]);
            for (int c = 0; c < gradients[i].length; c++) {
                gradients[i][c] *= weight / total;
            }
        }
        return sum / total;
    }

    @Override
    Map<String, String> settings() {
        return Map.of(
                "loss",
                loss.toString(),
                "class weights",
                classWeights.map(Arrays::toString).orElse("none"));
    }
}
