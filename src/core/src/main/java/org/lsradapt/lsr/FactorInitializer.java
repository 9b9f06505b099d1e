package org.lsradapt.lsr;

import java.util.Random;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Fills the factors of an adapter. The numbers come from {@link SplitMix64#random}, whose sequence is specified. The
 * order is A's factors, then B's, each in 'c' order: a seed means the same initialization on any machine and in any
 * port.
 */
final class FactorInitializer {
    private static final double AUTHORS_DEVIATION = 0.01;

    private FactorInitializer() {}

    static void fill(KroneckerSum a, KroneckerSum b, Initialization initialization, long seed) {
        Random random = SplitMix64.random(seed);
        double terms = (double) a.separationRank() * a.rows();
        double deviation = switch (initialization) {
            case ZERO_UPDATE -> Math.pow(terms, -1.0 / (2 * a.factors().size()));
            case KAIMING_UNIFORM -> Math.pow(3 * terms, -1.0 / (2 * a.factors().size()));
            case PAPER_AUTHORS -> AUTHORS_DEVIATION;
        };
        boolean uniform = initialization == Initialization.KAIMING_UNIFORM;
        boolean zero = initialization != Initialization.PAPER_AUTHORS;
        for (INDArray factor : a.factors()) {
            draw(factor, deviation, uniform, random);
        }
        int last = b.factors().size() - 1;
        for (int i = 0; i <= last; i++) {
            if (zero && i == last) {
                b.factors().get(i).assign(0);
            } else {
                draw(b.factors().get(i), deviation, uniform, random);
            }
        }
        for (KroneckerSum sum : new KroneckerSum[] {a, b}) {
            if (sum.termWeights() != null) {
                sum.termWeights().assign(1);
            }
        }
    }

    private static void draw(INDArray factor, double deviation, boolean uniform, Random random) {
        double[] values = new double[(int) factor.length()];
        for (int i = 0; i < values.length; i++) {
            double unit = uniform ? (2 * random.nextDouble() - 1) * Math.sqrt(3) : random.nextGaussian();
            values[i] = deviation * unit;
        }
        factor.assign(Nd4j.createFromArray(values).castTo(factor.dataType()).reshape('c', factor.shape()));
    }
}
