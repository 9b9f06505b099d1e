package org.lsradapt.krona;

import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.StackShape;
import org.lsradapt.lsr.internal.Require;

/**
 * KronA (Edalati et al., arXiv 2212.10650): ΔW = α·(A ⊗ B), one Kronecker product for W itself. A kind of adapter in a
 * package of its own, on what {@code lsr} makes public.
 *
 * @param inFirst rows of A, a divisor of the input width
 * @param outFirst columns of A, a divisor of the output width
 * @param alpha α
 * @param seed seed of the initialization
 */
public record KronaConfig(int inFirst, int outFirst, double alpha, long seed) implements AdapterConfig {

    @Override
    public String kind() {
        return "krona";
    }

    @Override
    public StackShape shape(FrozenLinear layer) {
        Require.argument(
                layer.inFeatures() % inFirst == 0 && layer.outFeatures() % outFirst == 0,
                "A is [%d, %d], expected divisors of [%d, %d]",
                inFirst,
                outFirst,
                layer.inFeatures(),
                layer.outFeatures());
        return new KronaStack.Shape(
                inFirst, outFirst, layer.inFeatures() / inFirst, layer.outFeatures() / outFirst);
    }
}
