package org.lsradapt.objectives;

import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** See {@link EmbeddingLoss#contrast} and {@link EmbeddingLoss#symmetricContrast}. */
final class ContrastiveLoss extends EmbeddingLoss {
    private final double temperature;
    private final boolean symmetric;

    ContrastiveLoss(double temperature, boolean symmetric) {
        super((symmetric ? "symmetric contrast" : "contrast") + " of temperature " + temperature);
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "in-batch contrast: temperature is %s, expected a positive number",
                temperature);
        this.temperature = temperature;
        this.symmetric = symmetric;
    }

    @Override
    double weight(List<Target> targets) {
        return requireGroups(targets);
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        return new Contrast(width, type, backend);
    }

    private static double anchorAgainstCandidates(
            ContrastGroups groups, double[] logits, int i, double share, double[] gradLogits) {
        int m = groups.candidates().length;
        return crossEntropy(logits, i * m, 1, m, i, c -> groups.contrasted(i, c), share, gradLogits);
    }

    private static double positiveAgainstAnchors(
            ContrastGroups groups, double[] logits, int i, double share, double[] gradLogits) {
        int n = groups.anchors().length;
        int m = groups.candidates().length;
        return crossEntropy(logits, i, m, n, i, anchor -> groups.contrasted(anchor, i), share, gradLogits);
    }

    /**
     * Computes the cross-entropy of a softmax over some numbers of a row or a column.
     *
     * @param step distance between two of its numbers
     * @param counted selects the positions that the softmax includes
     * @param share factor of the result and its gradient
     * @param gradLogits the gradient is added to it
     * @return share·(log Σ e^z − z_target)
     */
    static double crossEntropy(
            double[] logits,
            int first,
            int step,
            int count,
            int target,
            IntPredicate counted,
            double share,
            double[] gradLogits) {
        double top = logits[first + target * step];
        for (int j = 0; j < count; j++) {
            top = counted.test(j) ? Math.max(top, logits[first + j * step]) : top;
        }
        double sum = 0;
        double[] powers = new double[count];
        for (int j = 0; j < count; j++) {
            powers[j] = counted.test(j) ? Math.exp(logits[first + j * step] - top) : 0;
            sum += powers[j];
        }
        for (int j = 0; j < count; j++) {
            gradLogits[first + j * step] += share * (powers[j] / sum - (j == target ? 1 : 0));
        }
        return share * (top + Math.log(sum) - logits[first + target * step]);
    }

    /** Computes the loss in memory that it keeps: three products in the model's type, everything else in double. */
    private final class Contrast implements Run {
        private final int width;
        private final Backend backend;
        private final Buffer anchors;
        private final Buffer candidates;
        private final Buffer gradients;
        private final Buffer scores;
        /** The memory of the last batch's scores, and its view as a matrix. */
        private @Nullable INDArray flatScores;

        private @Nullable INDArray scoreMatrix;

        Contrast(int width, DataType type, Backend backend) {
            this.width = width;
            this.backend = backend;
            anchors = new Buffer(type, width);
            candidates = new Buffer(type, width);
            gradients = new Buffer(type, width);
            scores = new Buffer(type, 1);
        }

        @Override
        public double loss(Objective.Batch batch, UnitVectors units, double total, double[] gradient) {
            ContrastGroups groups = new ContrastGroups(batch);
            int n = groups.anchors().length;
            int m = groups.candidates().length;
            INDArray a = gather(units.rows(), groups.anchors(), anchors);
            INDArray c = gather(units.rows(), groups.candidates(), candidates);
            INDArray z = matrix(n, m);
            backend.gemm(a, false, c, true, 1 / temperature, 0, z);
            double[] logits = new double[n * m];
            backend.read(z, logits);
            double[] gradLogits = new double[n * m];
            double share = symmetric ? 0.5 / total : 1 / total;
            double loss = 0;
            for (int i = 0; i < n; i++) {
                loss += anchorAgainstCandidates(groups, logits, i, share, gradLogits);
                if (symmetric) {
                    loss += positiveAgainstAnchors(groups, logits, i, share, gradLogits);
                }
            }
            backend.write(gradLogits, z);
            INDArray gradAnchors = gradients.rows(n);
            backend.gemm(z, false, c, false, 1 / temperature, 0, gradAnchors);
            scatter(gradAnchors, groups.anchors(), gradient);
            INDArray gradCandidates = gradients.rows(m);
            backend.gemm(z, true, a, false, 1 / temperature, 0, gradCandidates);
            scatter(gradCandidates, groups.candidates(), gradient);
            return loss;
        }

        private INDArray gather(double[] units, int[] rows, Buffer memory) {
            double[] some = new double[rows.length * width];
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(units, rows[i] * width, some, i * width, width);
            }
            INDArray array = memory.rows(rows.length);
            backend.write(some, array);
            return array;
        }

        private void scatter(INDArray array, int[] rows, double[] all) {
            double[] some = new double[rows.length * width];
            backend.read(array, some);
            for (int i = 0; i < rows.length; i++) {
                System.arraycopy(some, i * width, all, rows[i] * width, width);
            }
        }

        private INDArray matrix(int n, int m) {
            INDArray flat = scores.vector((long) n * m);
            if (scoreMatrix == null || flat != flatScores || scoreMatrix.size(1) != m) {
                flatScores = flat;
                scoreMatrix = Views.piece(flat, 0, n, m);
            }
            return scoreMatrix;
        }

        @Override
        public void close() {
            anchors.close();
            candidates.close();
            gradients.close();
            scores.close();
        }
    }
}
