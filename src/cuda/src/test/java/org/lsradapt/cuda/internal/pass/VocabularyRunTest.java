package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.weights.DenseWeight;
import org.lsradapt.transformer.VocabularyPass;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Losses over a vocabulary on the device, beside their definition. */
class VocabularyRunTest {
    private static final int WIDTH = 6;
    private static final int TOKENS = 31;
    private static final double SMOOTHING = 0.125;
    private static final double SCALE = 0.75;

    private final INDArray table = random(WIDTH, TOKENS);
    private final INDArray bias = random(1, TOKENS).reshape(TOKENS);
    private final INDArray hidden = random(5, WIDTH);
    private final int[] targets = {3, 30, 0, 7, 7};

    private static INDArray random(int rows, int columns) {
        return RandomArrays.normal(new Random(rows), DataType.FLOAT, rows, columns);
    }

    private double[] logits(int row) {
        double[] z = new double[TOKENS];
        for (int token = 0; token < TOKENS; token++) {
            z[token] = bias.getDouble(token);
            for (int i = 0; i < WIDTH; i++) {
                z[token] += hidden.getDouble(row, i) * table.getDouble(i, token);
            }
        }
        return z;
    }

    @Test
    void losses_withABiasAndSmoothing_areThoseOfTheDefinition() {
        double[] losses = new double[targets.length];
        double[] gradient = new double[targets.length * WIDTH];
        for (int row = 0; row < targets.length; row++) {
            double[] z = logits(row);
            double sum = 0;
            for (double logit : z) {
                sum += Math.exp(logit);
            }
            for (int token = 0; token < TOKENS; token++) {
                double wanted = (token == targets[row] ? 1 - SMOOTHING : 0) + SMOOTHING / TOKENS;
                losses[row] += wanted * (Math.log(sum) - z[token]);
                for (int i = 0; i < WIDTH; i++) {
                    gradient[row * WIDTH + i] +=
                            SCALE * (Math.exp(z[token]) / sum - wanted) * table.getDouble(i, token);
                }
            }
        }
        INDArray found = Nd4j.zeros(DataType.FLOAT, targets.length, WIDTH);
        try (Engine engine = new Engine(new InterpretedDriver().open(0), Precision.FLOAT);
                VocabularyPass pass = engine.vocabulary(
                                new DenseWeight(table), Optional.of(bias), OptionalDouble.empty())
                        .orElseThrow()) {
            assertArrayEquals(losses, pass.losses(hidden, targets, SMOOTHING, SCALE, found), 1e-5);
            assertArrayEquals(gradient, found.reshape(gradient.length).toDoubleVector(), 1e-5);
            assertArrayEquals(losses, pass.losses(hidden, targets, SMOOTHING, SCALE, null), 1e-5);
            assertEquals(0, pass.losses(hidden, new int[0], 0, 1, null).length);
        }
    }

    @Test
    void vocabulary_tooLittleMemory_isRefusedInOneLine() {
        MeasuringDevice full =
                new MeasuringDevice(new InterpretedDriver().open(0).description());
        full.allocate(Long.MAX_VALUE - 2000);
        try (Engine engine = new Engine(full, Precision.FLOAT)) {
            IllegalStateException e = assertThrows(
                    IllegalStateException.class,
                    () -> engine.vocabulary(new DenseWeight(table), Optional.empty(), OptionalDouble.empty()));
            assertTrue(
                    e.getMessage().startsWith("a vocabulary of 31 tokens takes 0.00 GiB of the GPU's"), e.getMessage());
        }
    }
}
