package org.lsradapt.objectives.heads;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

class SequenceHeadTest {

    /** The mean of n normal numbers has a deviation of σ/√n, and their covariance one of σ²/√n. */
    @Test
    void new_neighbouringSeeds_beginWithIndependentNumbers() {
        TransformerWeights weights = SmallModel.LLAMA.weights(DataType.DOUBLE);
        int seeds = 1_000;
        double deviation = 0.02;
        double sum = 0;
        double products = 0;
        double last = 0;
        for (int seed = 0; seed < seeds; seed++) {
            try (SequenceHead head = new SequenceHead(weights, 2, seed)) {
                double first = head.values().getDouble(0);
                sum += first;
                products += last * first;
                last = first;
            }
        }
        assertEquals(0, sum / seeds, 4 * deviation / Math.sqrt(seeds));
        assertEquals(0, products / seeds, 4 * deviation * deviation / Math.sqrt(seeds));
    }
}
