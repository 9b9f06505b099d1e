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
    private final double smoothing;

    EachOutput(Loss loss, int outputs, Optional<double[]> classWeights) {
        this(loss, outputs, classWeights, 0);
    }

    private EachOutput(Loss loss, int outputs, Optional<double[]> classWeights, double smoothing) {
        this.loss = loss;
        this.outputs = outputs;
        this.classWeights = classWeights;
        this.smoothing = Loss.requireSmoothing(smoothing);
    }

    @Override
    OutputLoss smoothed(double newSmoothing) {
        return loss == Loss.CROSS_ENTROPY
                ? new EachOutput(loss, outputs, classWeights, newSmoothing)
                : super.smoothed(newSmoothing);
    }

    @Override
    double smoothing() {
        return smoothing;
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
            double scale = weight / total;
            if (smoothing == 0) {
                sum += weight * loss.one(rows[i], labels[i], gradients[i]);
            } else {
                sum += Loss.softCrossEntropy(rows[i], amounts((int) labels[i]), gradients[i]);
                scale = 1 / total;
            }
            for (int c = 0; c < gradients[i].length; c++) {
                gradients[i][c] *= scale;
            }
        }
        return sum / total;
    }

    /** (1 − ε)·w_y for the class y, and ε/C·w_c for each class c, as torch's cross_entropy has it. */
    private double[] amounts(int label) {
        double[] amounts = new double[outputs];
        for (int c = 0; c < outputs; c++) {
            amounts[c] = smoothing / outputs * weight(c) + (c == label ? (1 - smoothing) * weight(c) : 0);
        }
        return amounts;
    }

    @Override
    Map<String, String> settings() {
        return Map.of(
                "loss",
                smoothing == 0 ? loss.toString() : loss + ", label smoothing " + smoothing,
                "class weights",
                classWeights.map(Arrays::toString).orElse("none"));
    }
}
