package org.lsradapt.objectives;

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
    double weight(double[] labels) {
        int anchors = 0;
        double before = NEGATIVE;
        for (int i = 0; i < labels.length; i++) {
            double label = labels[i];
            if (before == ANCHOR) {
                requireLabel(label == POSITIVE, labels, i, "a positive (1), as it follows an anchor");
            } else {
                boolean negative = label == NEGATIVE && i > 0;
                requireLabel(
                        negative || label == ANCHOR,
                        labels,
                        i,
                        i == 0 ? "an anchor (0)" : "an anchor (0) or a hard negative (2)");
            }
            anchors += label == ANCHOR ? 1 : 0;
            before = label;
        }
        Require.argument(before != ANCHOR, "in-batch contrast: the last text is an anchor, expected its positive");
        return anchors;
    }

    @Override
    Run open(int width, DataType type, Backend backend) {
        return new ContrastRun(temperature, symmetric, width, type, backend);
    }
}
