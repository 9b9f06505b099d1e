package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.families.Family;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.KroneckerSum;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;

/**
 * Reads LoRA, LoKr, HiRA, VeRA and FourierFT adapters that Hugging Face PEFT saved: {@code adapter_config.json} and
 * {@code adapter_model.safetensors}.
 *
 * <p>LoRA, ΔWᵀ = c·lora_B·lora_A with c = α/r or α/√r, becomes A = lora_Aᵀ and B = lora_Bᵀ, one term of one factor.
 *
 * <p>LoKr, ΔWᵀ = (α/r)·w1 ⊗ w2, or w1 ⊗ w2 up to PEFT 0.13, becomes one term of two factors: w1ᵀ = P₁·Q₁ and w2ᵀ = P₂·Q₂ give w1ᵀ ⊗ w2ᵀ =
 * (P₁ ⊗ P₂)·(Q₁ ⊗ Q₂), the mixed-product property. If a w is a product a·b, P is bᵀ and Q is aᵀ; if it is a whole matrix, the identity is
 * on its shorter side. Further training of such an adapter also trains the identities, so the result may no longer be a LoKr.
 */
public final class PeftImport {

    private static final String TENSORS = "adapter_model.safetensors";
    private static final String PICKLE = "adapter_model.bin";

    private PeftImport() {}

    /**
     * Reads and checks an adapter; the base model is not needed.
     *
     * @param folder the folder to which PEFT saved the adapter; for an adapter whose name is not "default", the subfolder of its name
     * @return the adapter, which the caller closes
     * @throws IOException if a file is missing or malformed; if the adapter has a part that cannot be represented here (DoRA, biases,
     *     embeddings, modules other than the head, another method); or if its meaning depends on a version of PEFT that it does not give.
     *     The message names the file and the field or tensor
     */
    public static ImportedAdapter load(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException(
                    folder + ": there is no such folder, expected one with " + PeftConfig.NAME + " and " + TENSORS);
        }
        if (!Files.exists(folder.resolve(PeftConfig.NAME))) {
            List<String> named = adaptersIn(folder);
            throw new IOException(folder + ": has no " + PeftConfig.NAME
                    + (named.isEmpty() ? "" : ", but adapters in its subfolders " + named + ", expected one of those"));
        }
        PeftConfig config = PeftConfig.read(folder.resolve(PeftConfig.NAME));
        Path file = folder.resolve(TENSORS);
        if (!Files.exists(file) && Files.exists(folder.resolve(PICKLE))) {
            throw new IOException(folder + ": has no " + TENSORS + "; " + PICKLE
                    + " is not read, since a pickle can run code: save with safe_serialization=True");
        }
        try (SafeTensors tensors = SafeTensors.open(file)) {
            return read(tensors, config);
        }
    }

    private static List<String> adaptersIn(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> Files.exists(entry.resolve(PeftConfig.NAME)))
                    .map(entry -> entry.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static ImportedAdapter read(TensorSource tensors, PeftConfig config) throws IOException {
        Function<Family, List<String>> heads = config::head;
        TensorNames names = config.kind().isPresent()
                ? TensorNames.sort(tensors, config.kind().get(), heads)
                : config.lokr()
                        ? TensorNames.sort(tensors, "LoKr", TensorNames.PEFT, "", LokrLayers.PARTS, heads)
                        : TensorNames.sort(
                                tensors, "LoRA", TensorNames.PEFT, ".weight", List.of("lora_A", "lora_B"), heads);
        if (config.causal() && !names.head().isEmpty()) {
            throw new IOException(tensors.location() + ": has a head, "
                    + names.head().keySet() + ", expected none" + " with task_type CAUSAL_LM");
        }
        for (String layer : names.layers().keySet()) {
            if (!config.isTarget(names.path(layer))) {
                throw new IOException(tensors.location() + ": adapts layer '" + names.path(layer)
                        + "', which target_modules in " + PeftConfig.NAME + " does not name: " + config.targets());
            }
        }
        ImportedAdapter.Origin origin = new ImportedAdapter.Origin(
                Optional.ofNullable(config.baseModel()),
                config.use(!names.head().isEmpty()),
                Optional.of(config.targets()));
        if (config.kind().isPresent()) {
            return FactorReader.readKinds(
                    tensors, names, origin, config.kind().get().reading(tensors, config));
        }
        return FactorReader.read(tensors, names, origin, (layer, parts, reader) -> {
            LayerScale scale = config.scale(names.path(layer));
            return config.lokr()
                    ? LokrLayers.read(layer, parts, scale, reader)
                    : lora(layer, parts, scale, config.rankStabilized(), reader);
        });
    }

    private static SavedLayer lora(
            String layer, Map<String, String> parts, LayerScale scale, boolean rankStabilized, FactorReader reader)
            throws IOException {
        int[] a = reader.shape(layer, parts, "lora_A", 2);
        int[] b = reader.shape(layer, parts, "lora_B", 2);
        reader.require(parts.get("lora_A"), a[0], scale.rank(), "r, the rows,");
        reader.require(parts.get("lora_B"), b[1], scale.rank(), "r, the columns,");
        LsrConfig lora = LsrConfig.builder()
                .bottleneckRank(scale.rank())
                .separationRank(1)
                .factorCount(1)
                .alpha(scale.alpha())
                .scalingRule(rankStabilized ? ScalingRule.ALPHA_OVER_SQRT_R : ScalingRule.ALPHA_OVER_R)
                .initialization(Initialization.KAIMING_UNIFORM)
                .build();
        return new SavedLayer(
                layer,
                lora,
                KroneckerSum.of(reader.factor(parts.get("lora_A"))),
                KroneckerSum.of(reader.factor(parts.get("lora_B"))));
    }
}
