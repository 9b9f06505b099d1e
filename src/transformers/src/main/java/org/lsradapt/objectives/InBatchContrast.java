package org.lsradapt.objectives;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.buffer.DataType;

/** See {@link EmbeddingLoss#contrast} and {@link EmbeddingLoss#symmetricContrast}. */
final class InBatchContrast extends EmbeddingLoss {
    private final double temperature;
    private final boolean symmetric;

    InBatchContrast(double temperature, boolean symmetric) {
        Require.argument(
                temperature > 0 && Double.isFinite(temperature),
                "in-batch contrast: temperature is %s, expected a positive number",
                temperature);
        this.temperature = temperature;
        this.symmetric = symmetric;
    }

    @Override
    public String toString() {
        return (symmetric ? "symmetric contrast" : "contrast") + " of temperature " + temperature;
    }

    @Override
    double weight(List<Target> targets) {
        return requireGroups(targets);
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        return new ContrastRun(temperature, symmetric, width, type, backend);
    }
}
