package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.families.Family;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.lsr.kronecker.FactorSizes;
import org.lsradapt.lsr.kronecker.KroneckerSum;

/**
 * Reads the state dict of the code published by the authors of LSR-Adapt (arXiv 2502.13568), as a safetensors file.
 *
 * <p>Each layer has lora_A1 [s, r, in₁], lora_A2 [s, r, in₂], lora_B1 [s, out₁, r] and lora_B2 [s, out₂, r]. The authors' layer adds
 * (lora_alpha / r)·Σ_k (B1_k ⊗ B2_k)·Σ_k (A1_k ⊗ A2_k) to the weight [out, in], with r the factors' inner size: the bottleneck rank is
 * r². The state dict does not contain lora_alpha.
 */
public final class AuthorsImport {

    private static final FileLayout LAYOUT = new FileLayout(
            "the authors' code", "", "", List.of("lora_A1", "lora_A2", "lora_B1", "lora_B2"), tensor -> false);

    private AuthorsImport() {}

    /**
     * Reads and checks a file; the base model is not needed.
     *
     * @param file a safetensors file with the adapters' arrays and optionally the head's, and no others
     * @param alpha the adapters' lora_alpha
     * @return the adapter, which the caller closes
     * @throws IllegalArgumentException if α is not finite
     * @throws IOException if the file is missing or malformed, or has other arrays; the message names file and tensor
     */
    public static ImportedAdapter load(Path file, double alpha) throws IOException {
        Require.argument(Double.isFinite(alpha), "import: alpha is %s, expected a finite number", alpha);
        try (SafeTensors tensors = SafeTensors.open(file)) {
            TensorNames names = TensorNames.sort(tensors, LAYOUT, Family::headParameters);
            return FactorReader.read(
                    tensors,
                    names,
                    new ImportedAdapter.Origin(Optional.empty(), Optional.empty(), Optional.empty()),
                    layer -> LayerArrays.of(read(layer, alpha)),
                    layer -> new LayerScale(1, 1));
        }
    }

    private static SavedLayer read(FileLayer layer, double alpha) throws IOException {
        int[] a1 = layer.shape("lora_A1", 3);
        int[] a2 = layer.shape("lora_A2", 3);
        int[] b1 = layer.shape("lora_B1", 3);
        int[] b2 = layer.shape("lora_B2", 3);
        int s = a1[0];
        int r = a1[1];
        layer.require("lora_A2", a2[0], s, "s, the first size,");
        layer.require("lora_B1", b1[0], s, "s, the first size,");
        layer.require("lora_B2", b2[0], s, "s, the first size,");
        layer.require("lora_A2", a2[1], r, "r, the second size,");
        layer.require("lora_B1", b1[2], r, "r, the last size,");
        layer.require("lora_B2", b2[2], r, "r, the last size,");
        try {
            FactorSizes.requireRank((long) r * r, (long) a1[2] * a2[2], (long) b1[1] * b2[1]);
        } catch (IllegalArgumentException e) {
            throw layer.failure("has factors of r = " + r + ": " + e.getMessage());
        }
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(r * r)
                .separationRank(s)
                .inFactors(List.of(a1[2], a2[2]))
                .rankFactors(List.of(r, r))
                .outFactors(List.of(b1[1], b2[1]))
                .alpha(alpha / r)
                .scalingRule(ScalingRule.ALPHA)
                .initialization(Initialization.PAPER_AUTHORS)
                .build();
        return new SavedLayer(
                layer.name(),
                config,
                KroneckerSum.of(layer.factor("lora_A1"), layer.factor("lora_A2")),
                KroneckerSum.of(layer.factor("lora_B1"), layer.factor("lora_B2")));
    }
}
