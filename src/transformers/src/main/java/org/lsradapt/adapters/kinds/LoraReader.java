package org.lsradapt.adapters.kinds;

import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.lsradapt.adapters.LayerArrays;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.FileLayer;
import org.lsradapt.adapters.peft.FileLayout;
import org.lsradapt.adapters.peft.LayerScale;
import org.lsradapt.adapters.peft.PeftReader;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.TensorSource;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.kronecker.KroneckerSum;

/** PEFT's LoRA: ΔWᵀ = c·lora_B·lora_A with c = α/r or α/√r becomes A = lora_Aᵀ and B = lora_Bᵀ, one term of one factor. */
final class LoraReader {
    /** Initializations that leave the base model's weights unchanged. */
    private static final Set<String> STARTS = Set.of("gaussian", "eva", "orthogonal");

    static final PeftReader READER = PeftReader.of(
                    "LORA",
                    FileLayout.of("LoRA", ".weight", "lora_A", "lora_B"),
                    Set.of(
                            "lora_alpha",
                            "use_rslora",
                            "use_dora",
                            "bias",
                            "init_lora_weights",
                            "lora_dropout",
                            "megatron_core",
                            "qalora_group_size",
                            "eva_config"),
                    LoraReader::check,
                    LoraReader::open)
            .scaled("lora_alpha", false);

    private LoraReader() {}

    private static void check(JsonFields config) throws IOException {
        if (!config.isOff("use_dora") && config.flag("use_dora")) {
            throw config.failure(
                    "use_dora", "found true; DoRA's magnitude vectors cannot be represented here, expected false");
        }
        if (config.isText("init_lora_weights") && !STARTS.contains(config.text("init_lora_weights"))) {
            throw config.failure(
                    "init_lora_weights",
                    "found " + config.text("init_lora_weights")
                            + ", which may change the base model's weights; expected true, false or one of "
                            + new TreeSet<>(STARTS));
        }
    }

    private static PeftReader.Reading open(TensorSource tensors, JsonFields config) throws IOException {
        boolean rankStabilized = !config.isOff("use_rslora") && config.flag("use_rslora");
        return layer -> read(layer, rankStabilized ? ScalingRule.ALPHA_OVER_SQRT_R : ScalingRule.ALPHA_OVER_R);
    }

    private static LayerArrays read(FileLayer layer, ScalingRule rule) throws IOException {
        LayerScale scale = layer.scale();
        layer.require("lora_A", layer.shape("lora_A", 2)[0], scale.rank(), "r, the rows,");
        layer.require("lora_B", layer.shape("lora_B", 2)[1], scale.rank(), "r, the columns,");
        LsrConfig config = LsrConfig.builder()
                .bottleneckRank(scale.rank())
                .separationRank(1)
                .factorCount(1)
                .alpha(scale.alpha())
                .scalingRule(rule)
                .initialization(Initialization.KAIMING_UNIFORM)
                .build();
        return LayerArrays.of(new SavedLayer(
                layer.name(),
                config,
                KroneckerSum.of(layer.factor("lora_A")),
                KroneckerSum.of(layer.factor("lora_B"))));
    }
}
