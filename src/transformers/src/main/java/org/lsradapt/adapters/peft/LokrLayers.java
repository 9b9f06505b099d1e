package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LoKr's layers as one Kronecker term of two factors; {@link PeftImport} gives the equations. */
final class LokrLayers {

    static final List<String> PARTS = List.of("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b");

    /**
     * A transposed matrix of LoKr as a product, wᵀ = P·Q.
     *
     * @param in the rows of P [1, in, inner]
     * @param inner the columns of P and rows of Q
     * @param out the columns of Q [1, inner, out]
     */
    private record Split(int in, int inner, int out, INDArray p, INDArray q) {}

    private LokrLayers() {}

    static SavedLayer read(String layer, Map<String, String> parts, LayerScale scale, FactorReader reader)
            throws IOException {
        Split first = split(layer, parts, "lokr_w1", scale.rank(), reader);
        Split second = split(layer, parts, "lokr_w2", scale.rank(), reader);
        if ((long) first.inner * second.inner > Math.max((long) first.in * second.in, (long) first.out * second.out)) {
            throw reader.failure(
                    layer,
                    "has factors of rank " + first.inner + " and " + second.inner
                            + " for a weight of " + (long) first.out * second.out + " by " + (long) first.in * second.in
                            + ", expected a product of ranks that is not larger than both");
        }
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(first.inner * second.inner)
                .separationRank(1)
                .factorCount(2)
                .inFactors(List.of(first.in, second.in))
                .rankFactors(List.of(first.inner, second.inner))
                .outFactors(List.of(first.out, second.out))
                .alpha(scale.scaling(false))
                .scalingRule(ScalingRule.ALPHA)
                .build();
        return new SavedLayer(layer, config, KroneckerSum.of(first.p, second.p), KroneckerSum.of(first.q, second.q));
    }

    private static Split split(String layer, Map<String, String> parts, String name, int rank, FactorReader reader)
            throws IOException {
        String left = name + "_a";
        String right = name + "_b";
        if (!parts.containsKey(name)) {
            int[] a = reader.shape(layer, parts, left, 2);
            int[] b = reader.shape(layer, parts, right, 2);
            reader.require(parts.get(left), a[1], rank, "r, the columns,");
            reader.require(parts.get(right), b[0], rank, "r, the rows,");
            return new Split(b[1], rank, a[0], reader.factor(parts.get(right)), reader.factor(parts.get(left)));
        }
        if (parts.containsKey(left) || parts.containsKey(right)) {
            throw reader.failure(layer, "has " + parts.keySet() + ", expected " + name + " whole or as a product");
        }
        int[] whole = reader.shape(layer, parts, name, 2);
        int out = whole[0];
        int in = whole[1];
        INDArray transposed = reader.factor(parts.get(name));
        return out <= in
                ? new Split(in, out, out, transposed, reader.identity(out))
                : new Split(in, in, out, reader.identity(in), transposed);
    }
}
