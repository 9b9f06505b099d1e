package org.lsradapt.lsr.optimizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.internal.Views;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class AdamWTest {

    private static Parameter parameter(double value, double gradient) {
        INDArray v = Nd4j.createFromArray(value).castTo(DataType.DOUBLE);
        INDArray g = Nd4j.createFromArray(gradient).castTo(DataType.DOUBLE);
        return new Parameter("p", v, g);
    }

    @Test
    void step_twoStepsByHand_agree() {
        Parameter p = parameter(1.0, 0.5);
        AdamW optimizer = AdamW.builder().weightDecay(0.1).build().add(p, 0.01);
        optimizer.step();
        // m̂ = 0.5 and v̂ = 0.25, so the direction is 0.5 / (0.5 + 1e-8)
        double first = 1.0 - 0.01 * (0.5 / (0.5 + 1e-8) + 0.1 * 1.0);
        assertEquals(first, p.value().getDouble(0), 1e-15);
        p.gradient().assign(-0.2);
        optimizer.step();
        double mean = (0.9 * 0.05 + 0.1 * -0.2) / (1 - 0.81);
        double variance = (0.999 * 0.00025 + 0.001 * 0.04) / (1 - 0.998001);
        double second = first - 0.01 * (mean / (Math.sqrt(variance) + 1e-8) + 0.1 * first);
        assertEquals(second, p.value().getDouble(0), 1e-12);
    }

    @Test
    void step_gradientAboveMaximalNorm_isScaledOverAllParameters() {
        Parameter clipped = parameter(0, 3);
        Parameter other = parameter(0, 4);
        Parameter reference = parameter(0, 0.6);
        double norm = AdamW.builder()
                .weightDecay(0)
                .build()
                .add(clipped, 0.1)
                .add(other, 0.1)
                .step(0.5, 1);
        AdamW.builder().weightDecay(0).build().add(reference, 0.05).step();
        assertEquals(5, norm, 1e-12);
        assertEquals(reference.value().getDouble(0), clipped.value().getDouble(0), 1e-9);
    }

    @Test
    void step_zeroGradient_decaysTowardsZeroOnly() {
        Parameter p = parameter(2, 0);
        AdamW optimizer = AdamW.builder().weightDecay(0.5).build().add(p, 0.1);
        optimizer.step();
        double once = 2 - 0.1 * 0.5 * 2;
        assertEquals(once, p.value().getDouble(0), 1e-15);
        optimizer.step(0.25, 1);
        assertEquals(once - 0.25 * 0.1 * 0.5 * once, p.value().getDouble(0), 1e-15, "as PyTorch's, not the paper's");
    }

    @Test
    void add_badLearningRate_isRefused() {
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> AdamW.builder().weightDecay(0).build().add(parameter(1, 1), Double.NaN))
                .getMessage();
        assertEquals("AdamW: learning rate of p is NaN, expected a positive number", message);
    }

    @Test
    void add_afterSteps_beginsWithItsOwnFirstStep() {
        Parameter early = parameter(1, 0.5);
        AdamW optimizer = AdamW.builder().weightDecay(0).build().add(early, 0.1);
        for (int i = 0; i < 7; i++) {
            optimizer.step();
        }
        Parameter late = parameter(2, 0.5);
        Parameter fresh = parameter(2, 0.5);
        AdamW alone = AdamW.builder().weightDecay(0).build().add(fresh, 0.1);
        optimizer.add(late, 0.1);
        for (double gradient : new double[] {0.5, -0.2, 0.9}) {
            late.gradient().assign(gradient);
            fresh.gradient().assign(gradient);
            optimizer.step();
            alone.step();
            assertEquals(fresh.value(), late.value());
        }
    }

    @Test
    void add_whatIsThere_isRefused() {
        INDArray values = Nd4j.ones(DataType.DOUBLE, 10);
        INDArray gradients = Nd4j.ones(DataType.DOUBLE, 10);
        Parameter whole = new Parameter("all", values, gradients);
        Parameter first = new Parameter("first", Views.piece(values, 0, 4), Views.piece(gradients, 0, 4));
        Parameter last = new Parameter("last", Views.piece(values, 4, 2, 3), Views.piece(gradients, 4, 2, 3));
        AdamW optimizer = AdamW.builder().build().add(first, 0.1).add(last, 0.1);
        for (Parameter again : List.of(whole, first, last)) {
            String message = assertThrows(IllegalArgumentException.class, () -> optimizer.add(again, 0.1))
                    .getMessage();
            String before = again.name().equals("last") ? "last" : "first";
            assertEquals(
                    "AdamW: parameter " + again.name() + " shares memory with parameter " + before + ", which was added"
                            + " before; expected each number once (AdapterSet.parameters() lists parameters that adapters"
                            + " share once)",
                    message);
        }
        optimizer.step();
        assertEquals(1 - 0.1 * (1 / (1 + 1e-8) + 0.01), values.getDouble(0), 1e-15);
    }

    @Test
    void restart_partOfAParameter_stepsAsANewOne() {
        INDArray value = Nd4j.zeros(DataType.DOUBLE, 5);
        INDArray gradient = Nd4j.ones(DataType.DOUBLE, 5);
        AdamW optimizer = AdamW.builder().weightDecay(0).build().add(new Parameter("p", value, gradient), 0.1);
        optimizer.step();
        gradient.assign(-3);
        optimizer.restart(Views.piece(value, 1, 3));
        INDArray before = value.dup();
        optimizer.step();
        Parameter fresh = parameter(0, -3);
        AdamW.builder().weightDecay(0).build().add(fresh, 0.1).step();
        for (int i = 0; i < 5; i++) {
            double moved = value.getDouble(i) - before.getDouble(i);
            boolean restarted = i >= 1 && i <= 3;
            assertEquals(restarted, Math.abs(moved - fresh.value().getDouble(0)) < 1e-12, "number " + i + ": " + moved);
        }
        assertThrows(IllegalArgumentException.class, () -> optimizer.restart(Nd4j.ones(DataType.DOUBLE, 2)));
    }
}
