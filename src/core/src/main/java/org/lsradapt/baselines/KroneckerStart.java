package org.lsradapt.baselines;

import java.util.Random;
import org.lsradapt.lsr.internal.SplitMix64;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Fills an adapter's parameters as the methods' authors do, so that ΔW is 0. PyTorch's {@code kaiming_uniform_} with a
 * = √5 is uniform between ∓1/√fan_in, {@code xavier_uniform_} with gain √2 between ∓√(12/(fan_in + fan_out)).
 */
final class KroneckerStart {
    private static final double SHARED_BOUND = 0.01;

    private KroneckerStart() {}

    /** Fills the factors. Shared parameters depend only on the configuration's seed. */
    static void fill(KroneckerConfig config, FactorParameters first, FactorParameters second, long seed) {
        Random random = SplitMix64.random(seed);
        switch (config.method()) {
            case LOKR, CDKA -> {
                zero(first);
                kaiming(second, random);
            }
            case KRONA -> {
                kaiming(first, random);
                zero(second);
            }
            case KADAPTATION -> {
                Random shared = SplitMix64.random(config.seed());
                first.pieces().forEach(piece -> uniform(piece.value(), SHARED_BOUND, shared));
                zero(second);
                if (!second.isWhole()) {
                    INDArray p = second.inPart();
                    uniform(p, Math.sqrt(12.0 / (p.size(1) + p.size(2))), random);
                }
            }
        }
    }

    private static void zero(FactorParameters factor) {
        factor.pieces().forEach(piece -> piece.value().assign(0));
    }

    /** Draws as for wᵀ [out, in], or for its parts a [out, r] and b [r, in]. */
    private static void kaiming(FactorParameters factor, Random random) {
        if (factor.isWhole()) {
            kaiming(factor.whole(), 1, random);
        } else {
            kaiming(factor.outPart(), 1, random);
            kaiming(factor.inPart(), 2, random);
        }
    }

    private static void kaiming(INDArray array, int fanInAxis, Random random) {
        uniform(array, 1 / Math.sqrt((double) array.size(fanInAxis)), random);
    }

    private static void uniform(INDArray array, double bound, Random random) {
        double[] values = random.doubles(array.length(), -bound, bound).toArray();
        array.assign(Nd4j.createFromArray(values).castTo(array.dataType()).reshape('c', array.shape()));
    }
}
