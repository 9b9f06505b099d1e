package org.lsradapt.training;

import java.io.IOException;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.training.settings.LowPrecision;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The adapters' parameters in a low precision: after each step, and so in each forward pass, the set holds only numbers of the format, as
 * FLOAT.
 *
 * <p>Gradients are also stored in the format, scaled so that small ones do not vanish. If a gradient overflows, the scale is halved and
 * the step skipped; after 2,000 steps without overflow the scale is doubled (dynamic loss scaling; Micikevicius et al., arXiv
 * 1710.03740). The backward pass runs in FLOAT, so scaling its results is equivalent to scaling the loss.
 */
final class LowPrecisionFactors {
    private static final double FIRST_SCALE = 65536;
    private static final double LEAST_SCALE = 0x1p-24;
    private static final int STEPS_TO_DOUBLE = 2000;

    private final Backend backend = Backends.standard();
    private final AdapterSet adapters;
    private final Precision precision;
    private final double[] numbers;
    /** The numbers in FP32; null without a master copy. */
    private final double[] master;

    private final boolean[] inFp32;
    private double scale = FIRST_SCALE;
    private int stepsWithoutOverflow;

    /** Keeps the set; {@link #afterStep} rounds its numbers for the first time. */
    LowPrecisionFactors(AdapterSet adapters, LowPrecision settings) {
        this.adapters = adapters;
        precision = settings.precision();
        numbers = new double[(int) adapters.parameterCount()];
        master = settings.master() ? new double[numbers.length] : null;
        inFp32 = new boolean[numbers.length];
    }

    /** Rounds the gradients; false if one overflowed and the step must be skipped. */
    boolean storeGradients() {
        INDArray gradients = adapters.gradients();
        backend.read(gradients, numbers);
        boolean finite = true;
        for (int i = 0; i < numbers.length; i++) {
            if (!inFp32[i]) {
                numbers[i] = precision.store(numbers[i] * scale) / scale;
                finite &= Double.isFinite(numbers[i]);
            }
        }
        if (!finite) {
            scale /= 2;
            stepsWithoutOverflow = 0;
            if (scale < LEAST_SCALE) {
                throw new DivergedException("training diverged: a gradient of the adapters overflows in "
                        + precision.label() + " at scale " + scale + "; try a smaller learning rate or scaling");
            }
            return false;
        }
        backend.write(numbers, gradients);
        if (++stepsWithoutOverflow == STEPS_TO_DOUBLE) {
            scale *= 2;
            stepsWithoutOverflow = 0;
        }
        return true;
    }

    /** Restores the FP32 numbers for the optimizer to update, if there is a master copy. */
    void beforeStep() {
        if (master != null) {
            backend.write(master, adapters.values());
        }
    }

    /** Rounds the set's numbers, and keeps the unrounded ones if there is a master copy. */
    void afterStep() {
        backend.read(adapters.values(), numbers);
        if (master != null) {
            System.arraycopy(numbers, 0, master, 0, numbers.length);
        }
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = inFp32[i] ? numbers[i] : precision.store(numbers[i]);
        }
        backend.write(numbers, adapters.values());
    }

    void keepInFp32(LsrAdapter adapter) {
        for (Parameter parameter : adapter.parameters()) {
            int from = (int) (parameter.value().offset() - adapters.values().offset());
            for (int i = from; i < from + parameter.count(); i++) {
                inFp32[i] = true;
            }
        }
    }

    /** The scale of the gradients, and the steps since it changed or since an overflow, for a checkpoint. */
    record Scale(double value, int stepsWithoutOverflow) {
        static final Scale FIRST = new Scale(FIRST_SCALE, 0);
    }

    Scale scale() {
        return new Scale(scale, stepsWithoutOverflow);
    }

    void resume(Scale saved, CheckpointFile file) throws IOException {
        file.require(
                saved.value >= LEAST_SCALE && Double.isFinite(saved.value),
                "the scale of the loss is %s, expected at least %s and finite",
                saved.value,
                LEAST_SCALE);
        file.requireWithin("the steps without overflow", saved.stepsWithoutOverflow, 0, STEPS_TO_DOUBLE);
        scale = saved.value;
        stepsWithoutOverflow = saved.stepsWithoutOverflow;
    }

    Optional<double[]> master() {
        return Optional.ofNullable(master);
    }
}
