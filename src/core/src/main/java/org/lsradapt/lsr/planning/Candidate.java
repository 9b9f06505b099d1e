package org.lsradapt.lsr.planning;

import java.util.List;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.internal.Require;

/**
 * One configuration with its parameter counts on the layers to adapt.
 *
 * @param config ranks and factor sizes
 * @param layers the layers, at least one
 */
public record Candidate(LsrConfig config, List<LayerShape> layers) {
    /** Value, gradient and AdamW's two moments of each trainable parameter. */
    private static final int COPIES = 4;

    /** Checks that there are layers, and that the factor sizes multiply up to each layer's widths. */
    public Candidate {
        layers = List.copyOf(layers);
        Require.argument(!layers.isEmpty(), "plan: no layers, expected at least one");
        for (LayerShape layer : layers) {
            config.inFactors(layer.in());
            config.outFactors(layer.out());
        }
    }

    /** The shape of A [in, r] on a layer. */
    public SumShape a(LayerShape layer) {
        return new SumShape(config.separationRank(), config.inFactors(layer.in()), config.resolvedRankFactors());
    }

    /** The shape of B [r, out] on a layer. */
    public SumShape b(LayerShape layer) {
        return new SumShape(config.separationRank(), config.resolvedRankFactors(), config.outFactors(layer.out()));
    }

    /** Trainable parameters on a layer, as in {@code LsrAdapter.parameterCount}. */
    public long parameters(LayerShape layer) {
        long weights = config.termWeights() ? 2L * config.separationRank() : 0;
        return a(layer).parameters() + b(layer).parameters() + weights;
    }

    /** Trainable parameters of all layers. */
    public long parameters() {
        return layers.stream().mapToLong(this::parameters).sum();
    }

    /**
     * Free parameters of a layer's update: the dimension of the set of all ΔW that its factors can represent. It is the
     * count for A and B less the dimensions that cancel in A·B: a Kronecker product of invertible q_i × q_i matrices
     * can move from A to B, in Σ q_i² − d + 1 dimensions. It is at most the count for all matrices of the reachable
     * rank. If some q_i is larger than the p_i or o_i of its factor, the cancelling dimensions are not known, and this
     * is an upper bound.
     */
    public long freeNumbers(LayerShape layer) {
        SumShape a = a(layer);
        SumShape b = b(layer);
        long shared = 0;
        if (isRegular(layer)) {
            shared = 1L - config.factorCount();
            for (int q : a.columns()) {
                shared += (long) q * q;
            }
        }
        long rank = reachableRank(layer);
        return Math.min(a.freeNumbers() + b.freeNumbers() - shared, rank * (layer.perimeter() - rank));
    }

    /** Whether no factor of A is wider than high, and no factor of B higher than wide. */
    boolean isRegular(LayerShape layer) {
        return a(layer).narrowest().equals(b(layer).rows())
                && b(layer).narrowest().equals(b(layer).rows());
    }

    /** Free parameters of all layers' updates. */
    public long freeNumbers() {
        return layers.stream().mapToLong(this::freeNumbers).sum();
    }

    private long area() {
        return layers.stream().mapToLong(LayerShape::area).sum();
    }

    /** The largest rank of a layer's ΔW, min(rank A, rank B, s²·Π min(p_i, q_i, o_i)); random factors reach it. */
    public int reachableRank(LayerShape layer) {
        SumShape a = a(layer);
        SumShape b = b(layer);
        long rank = (long) a.terms() * b.terms();
        for (int i = 0; i < a.factorCount(); i++) {
            rank = Math.min(
                    Integer.MAX_VALUE,
                    rank * Math.min(a.narrowest().get(i), b.narrowest().get(i)));
        }
        return (int) Math.min(rank, Math.min(a.reachableRank(), b.reachableRank()));
    }

    /**
     * Multiply-adds per token of the adapters, x·A and (x·A)·B, over those of the frozen products: r·Σ(in + out) / Σ
     * in·out. In training each of the two is computed again for the gradient of x, and once more for the gradients of A
     * and B.
     */
    public double relativeCost() {
        return (double) config.bottleneckRank()
                * layers.stream().mapToLong(LayerShape::perimeter).sum()
                / area();
    }

    /** Multiply-adds per step to build all A and B, whatever the number of tokens; their gradient takes twice as many. */
    public long materializationCost() {
        return layers.stream()
                .mapToLong(layer -> a(layer).materializationCost() + b(layer).materializationCost())
                .sum();
    }

    /**
     * Bytes in training with FLOAT parameters: each parameter with its gradient and AdamW's two moments, the dense A
     * and B and their gradients. Activations are not counted: x·A and its gradient add 2·r elements per token and
     * layer.
     */
    public long trainingBytes() {
        long dense = layers.stream()
                .mapToLong(layer -> a(layer).denseCount() + b(layer).denseCount())
                .sum();
        return Float.BYTES * (COPIES * parameters() + 2 * dense);
    }
}
