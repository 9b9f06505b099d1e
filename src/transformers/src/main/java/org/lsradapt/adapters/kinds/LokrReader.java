package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.FileLayer;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.LayerScale;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.kronecker.KroneckerSum;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * PEFT's LoKr: ΔWᵀ = (α/r)·w1 ⊗ w2, or w1 ⊗ w2 up to PEFT 0.13, becomes one term of two factors: w1ᵀ = P₁·Q₁ and w2ᵀ = P₂·Q₂ give w1ᵀ ⊗ w2ᵀ
 * = (P₁ ⊗ P₂)·(Q₁ ⊗ Q₂), the mixed-product property. If a w is a product a·b, P is bᵀ and Q is aᵀ; if it is a whole matrix, the identity
 * is on its shorter side. Further training of such an adapter also trains the identities, so the result may no longer be a LoKr.
 */
final class LokrReader {
    static final PeftReader READER = PeftReader.of(
                    "LOKR",
                    FileLayout.of("LoKr", "", "lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b"),
                    Set.of(
                            "alpha",
                            "rank_dropout",
                            "module_dropout",
                            "rank_dropout_scale",
                            "use_effective_conv2d",
                            "decompose_both",
                            "decompose_factor",
                            "init_weights"),
                    config -> {},
                    (tensors, config) -> LokrReader::read)
            .scaled("alpha", true);

    /**
     * A transposed matrix of LoKr as a product, wᵀ = P·Q.
     *
     * @param in the rows of P [1, in, inner]
     * @param inner the columns of P and rows of Q
     * @param out the columns of Q [1, inner, out]
     */
    private record Split(int in, int inner, int out, INDArray p, INDArray q) {}

    private LokrReader() {}

    private static LayerArrays read(FileLayer layer) throws IOException {
        LayerScale scale = layer.scale();
        Split first = split(layer, "lokr_w1", scale.rank());
        Split second = split(layer, "lokr_w2", scale.rank());
        if ((long) first.inner * second.inner > Math.max((long) first.in * second.in, (long) first.out * second.out)) {
            throw layer.failure("has factors of rank " + first.inner + " and " + second.inner + " for a weight of "
                    + (long) first.out * second.out + " by " + (long) first.in * second.in
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
        return LayerArrays.of(new SavedLayer(
                layer.name(), config, KroneckerSum.of(first.p, second.p), KroneckerSum.of(first.q, second.q)));
    }

    private static Split split(FileLayer layer, String name, int rank) throws IOException {
        String left = name + "_a";
        String right = name + "_b";
        if (!layer.has(name)) {
            int[] a = layer.shape(left, 2);
            int[] b = layer.shape(right, 2);
            layer.require(left, a[1], rank, "r, the columns,");
            layer.require(right, b[0], rank, "r, the rows,");
            return new Split(b[1], rank, a[0], layer.factor(right), layer.factor(left));
        }
        if (layer.has(left) || layer.has(right)) {
            throw layer.failure("has " + name + " and parts of it, expected " + name + " whole or as a product");
        }
        int[] whole = layer.shape(name, 2);
        int out = whole[0];
        int in = whole[1];
        INDArray transposed = layer.factor(name);
        return out <= in
                ? new Split(in, out, out, transposed, layer.identity(out))
                : new Split(in, in, out, layer.identity(in), transposed);
    }
}
