package org.lsradapt.training;

import org.lsradapt.lsr.Require;
import org.lsradapt.lsr.numerics.ConditionMonitor;

/**
 * How to train.
 *
 * @param epochs passes over the training examples
 * @param batchSize examples per step
 * @param learningRate peak learning rate of the adapters
 * @param headLearningRate peak learning rate of the head
 * @param weightDecay AdamW's decoupled weight decay
 * @param warmUp fraction of all steps over which the learning rate rises, 0 … 1
 * @param maxGradientNorm gradients are scaled down to this norm
 * @param seed seed of the order of the examples
 * @param lowPrecision how the adapters' numbers are kept between steps
 * @param monitor what is watched of the adapters' condition; null for nothing
 */
public record TrainingConfig(
        int epochs,
        int batchSize,
        double learningRate,
        double headLearningRate,
        double weightDecay,
        double warmUp,
        double maxGradientNorm,
        long seed,
        LowPrecision lowPrecision,
        ConditionMonitor.Settings monitor) {

    /** Checks the ranges. */
    public TrainingConfig {
        Require.argument(epochs >= 1, "epochs is %d, expected >= 1", epochs);
        Require.argument(batchSize >= 1, "batch size is %d, expected >= 1", batchSize);
        Require.argument(positive(learningRate), "learning rate is %s, expected a positive number", learningRate);
        Require.argument(
                positive(headLearningRate), "head learning rate is %s, expected a positive number", headLearningRate);
        Require.argument(weightDecay >= 0, "weight decay is %s, expected >= 0", weightDecay);
        Require.argument(warmUp >= 0 && warmUp <= 1, "warm-up is %s, expected a fraction from 0 to 1", warmUp);
        Require.argument(maxGradientNorm > 0, "maximal gradient norm is %s, expected > 0", maxGradientNorm);
    }

    /** The same in FLOAT and without a monitor. */
    public TrainingConfig(
            int epochs,
            int batchSize,
            double learningRate,
            double headLearningRate,
            double weightDecay,
            double warmUp,
            double maxGradientNorm,
            long seed) {
        this(
                epochs,
                batchSize,
                learningRate,
                headLearningRate,
                weightDecay,
                warmUp,
                maxGradientNorm,
                seed,
                LowPrecision.NONE,
                null);
    }

    private static boolean positive(double value) {
        return value > 0 && Double.isFinite(value);
    }
}
