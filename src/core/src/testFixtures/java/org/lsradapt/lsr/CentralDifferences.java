package org.lsradapt.lsr;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.function.DoubleSupplier;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A loss's gradients in double precision against what the loss does when parameters are moved. */
public final class CentralDifferences {
    private static final double STEP = 1e-5;

    private CentralDifferences() {}

    /**
     * For every block, with the gradients that evaluating the loss leaves in it: one direction that moves all of its
     * entries by plus or minus one step each, so that a wrong entry anywhere shows.
     */
    public static void assertAgree(List<Parameter> blocks, DoubleSupplier loss) {
        assertAgree(blocks, loss, 1e-7);
    }

    /** The same with another tolerance, of an entry's gradient; along a direction it is sqrt(count) times as much. */
    public static void assertAgree(List<Parameter> blocks, DoubleSupplier loss, double tolerance) {
        double before = loss.getAsDouble();
        List<INDArray> gradients =
                blocks.stream().map(block -> block.gradient().dup()).toList();
        for (int b = 0; b < blocks.size(); b++) {
            Parameter block = blocks.get(b);
            INDArray value = block.value();
            INDArray old = value.dup();
            Random random = new Random(11);
            INDArray signs = old.like();
            for (long j = 0; j < block.count(); j++) {
                signs.putScalar(j, random.nextBoolean() ? 1 : -1);
            }
            double root = Math.sqrt((double) block.count());
            assertAlong(
                    signs, value, old, gradients.get(b), loss, STEP / root, tolerance * root, block.name() + ", all");
        }
        assertEquals(before, loss.getAsDouble(), 1e-12, "the loss is not of the parameters alone");
    }

    private static void assertAlong(
            INDArray direction,
            INDArray value,
            INDArray old,
            INDArray gradient,
            DoubleSupplier loss,
            double step,
            double tolerance,
            String message) {
        value.assign(old.add(direction.mul(step)));
        double up = loss.getAsDouble();
        value.assign(old.sub(direction.mul(step)));
        double down = loss.getAsDouble();
        value.assign(old);
        double expected = gradient.mul(direction).sumNumber().doubleValue();
        assertEquals((up - down) / (2 * step), expected, tolerance, message);
    }
}
