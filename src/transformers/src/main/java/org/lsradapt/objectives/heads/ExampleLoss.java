package org.lsradapt.objectives.heads;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;

/** A mean of losses that each depend on one sequence only, weighted by class if classes have weights. */
final class ExampleLoss extends OutputLoss {
    private final Loss loss;
    private final int outputs;
    private final Optional<double[]> classWeights;
    private final double smoothing;

    ExampleLoss(Loss loss, int outputs, Optional<double[]> classWeights) {
        this(loss, outputs, classWeights, 0);
    }

    private ExampleLoss(Loss loss, int outputs, Optional<double[]> classWeights, double smoothing) {
        this.loss = loss;
        this.outputs = outputs;
        this.classWeights = classWeights;
        this.smoothing = Loss.requireSmoothing(smoothing);
    }

    @Override
    OutputLoss smoothed(double newSmoothing) {
        return loss == Loss.CROSS_ENTROPY
                ? new ExampleLoss(loss, outputs, classWeights, newSmoothing)
                : super.smoothed(newSmoothing);
    }

    @Override
    double smoothing() {
        return smoothing;
    }

    /** Whether outputs are compared with classes. */
    boolean hasClasses() {
        return loss == Loss.CROSS_ENTROPY;
    }

    Optional<double[]> classWeights() {
        return classWeights.map(double[]::clone);
    }

    @Override
    double weight(List<Target> targets) {
        if (loss == Loss.SQUARED_ERROR) {
            return Target.require(Target.Value.class, targets).size();
        }
        double sum = 0;
        for (Target.Category target : Target.require(Target.Category.class, targets)) {
            sum += weight(requireClass(target.index(), outputs));
        }
        return sum;
    }

    private double weight(int category) {
        return classWeights.isEmpty() ? 1 : classWeights.get()[category];
    }

    private double weight(Target target) {
        return target instanceof Target.Category category ? weight(category.index()) : 1;
    }

    @Override
    double loss(double[][] rows, List<Target> targets, double total, double[][] gradients) {
        double sum = 0;
        for (int i = 0; i < rows.length; i++) {
            double weight = weight(targets.get(i));
            double scale = weight / total;
            if (smoothing == 0) {
                sum += weight * loss.one(rows[i], targets.get(i), gradients[i]);
            } else {
                int category = ((Target.Category) targets.get(i)).index();
                sum += Loss.softCrossEntropy(rows[i], amounts(category), gradients[i]);
                scale = 1 / total;
            }
            for (int c = 0; c < gradients[i].length; c++) {
                gradients[i][c] *= scale;
            }
        }
        return sum / total;
    }

    /** Returns (1 − ε)·w_y for the class y plus ε/C·w_c for each class c, as torch's cross_entropy does. */
    private double[] amounts(int category) {
        double[] amounts = new double[outputs];
        for (int c = 0; c < outputs; c++) {
            amounts[c] = smoothing / outputs * weight(c) + (c == category ? (1 - smoothing) * weight(c) : 0);
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
