package org.lsradapt.objectives;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.CloseOnFailure;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#matryoshka}. */
final class MatryoshkaLoss extends EmbeddingLoss {
    private final EmbeddingLoss loss;
    private final List<Integer> dimensions;
    private final List<Double> weights;

    MatryoshkaLoss(EmbeddingLoss loss, List<Integer> dimensions, List<Double> weights) {
        super(description(loss, dimensions, weights));
        Require.argument(
                !(loss instanceof MatryoshkaLoss), "Matryoshka loss: its loss is one itself, expected another");
        Require.argument(
                !dimensions.isEmpty()
                        && dimensions.stream().allMatch(dimension -> dimension >= 1)
                        && dimensions.stream().distinct().count() == dimensions.size(),
                "Matryoshka loss: dimensions %s, expected different numbers from 1",
                dimensions);
        Require.argument(
                weights.size() == dimensions.size()
                        && weights.stream().allMatch(weight -> weight > 0 && Double.isFinite(weight)),
                "Matryoshka loss: weights %s, expected a finite positive one for each of %d dimensions",
                weights,
                dimensions.size());
        this.loss = loss;
        this.dimensions = List.copyOf(dimensions);
        this.weights = List.copyOf(weights);
    }

    private static String description(EmbeddingLoss loss, List<Integer> dimensions, List<Double> weights) {
        return IntStream.range(0, Math.min(dimensions.size(), weights.size()))
                .mapToObj(i -> dimensions.get(i) + " numbers (weight " + weights.get(i) + ")")
                .collect(Collectors.joining(", ", loss + " of the first ", ""));
    }

    @Override
    double weight(List<Target> targets) {
        return loss.weight(targets);
    }

    @Override
    void requireWidth(int width) {
        Require.argument(
                dimensions.stream().allMatch(dimension -> dimension <= width),
                "Matryoshka loss: dimensions %s, but the model's embeddings have %d numbers",
                dimensions,
                width);
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        requireWidth(width);
        try (CloseOnFailure opened = new CloseOnFailure()) {
            List<Run> runs = new ArrayList<>();
            for (int dimension : dimensions) {
                runs.add(opened.add(loss.open(dimension, type, backend)));
            }
            return opened.release(new Truncated(runs));
        }
    }

    /** Computes the loss for each length, on vectors that are cut to it and divided by their norms. */
    private final class Truncated implements Run {
        private final List<Run> runs;

        Truncated(List<Run> runs) {
            this.runs = runs;
        }

        @Override
        public double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
            int texts = batch.targets().size();
            double sum = 0;
            for (int k = 0; k < runs.size(); k++) {
                int length = dimensions.get(k);
                double[] cut = new double[texts * length];
                for (int i = 0; i < texts; i++) {
                    System.arraycopy(units.rows(), i * units.width(), cut, i * length, length);
                }
                UnitVectors shorter = UnitVectors.of(cut, length);
                double[] own = new double[texts * length];
                sum += weights.get(k) * runs.get(k).loss(batch, shorter, total, own);
                for (int i = 0; i < texts; i++) {
                    shorter.addGradient(i, own, weights.get(k), gradient, i * units.width());
                }
            }
            return sum;
        }

        @Override
        public void close() {
            runs.forEach(Run::close);
        }
    }
}
