package org.lsradapt.adapters.kinds;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.peft.LayerScale;
import org.lsradapt.adapters.peft.PeftLayers;
import org.lsradapt.baselines.FactorSplit;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.baselines.KroneckerMethod;
import org.lsradapt.baselines.KroneckerNames;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adapters c·(F ⊗ S) as PEFT's LoKr: w1 = c·Fᵀ, w2 = Sᵀ or a product of rank r. With α = r every version of PEFT scales by 1; versions up
 * to 0.13 always do.
 */
final class LokrLayers {

    private LokrLayers() {}

    static PeftLayers of(SavedAdapter adapter) {
        Map<String, LayerScale> scales = new LinkedHashMap<>();
        for (String name : adapter.layerNames()) {
            KroneckerConfig config = (KroneckerConfig) adapter.config(name);
            require(name, config);
            int rank = rank(config, second(name, config, adapter).get(0));
            scales.put(name, new LayerScale(rank, rank));
        }
        return PeftLayers.scaled("LOKR", "alpha", scales, name -> arrays(name, adapter), root -> {
            root.put("decompose_both", false);
            root.put("decompose_factor", -1);
        });
    }

    private static void require(String name, KroneckerConfig config) {
        Require.argument(
                config.method() == KroneckerMethod.LOKR || config.method() == KroneckerMethod.KRONA,
                "PEFT export: layer '%s' is adapted by %s, which is none of PEFT's; expected lokr or krona, or LoRA made of it"
                        + " (NearestLora, or export --as-lora)",
                name,
                config.method().label());
        Require.argument(
                config.terms() == 1
                        && config.in().equals(FactorSplit.BALANCED)
                        && config.out().equals(FactorSplit.BALANCED),
                "PEFT export: layer '%s' has %d terms and splits widths %s and %s, expected one term and balanced splits,"
                        + " as PEFT's LoKr has them",
                name,
                config.terms(),
                config.in(),
                config.out());
    }

    /** S [1, in₂, out₂], or two matrices [1, r, in₂] and [1, r, out₂] whose product is S. */
    private static List<INDArray> second(String name, KroneckerConfig config, SavedAdapter adapter) {
        return KroneckerNames.second(name, config).stream()
                .map(adapter.arrays(name)::get)
                .toList();
    }

    /** From half of its larger side on, PEFT takes w2 as a whole matrix. */
    private static int rank(KroneckerConfig config, INDArray second) {
        return config.secondRank() > 0 ? config.secondRank() : (int) (Math.max(second.size(1), second.size(2)) + 1) / 2;
    }

    private static Map<String, INDArray> arrays(String name, SavedAdapter adapter) {
        KroneckerConfig config = (KroneckerConfig) adapter.config(name);
        INDArray first =
                adapter.arrays(name).get(KroneckerNames.first(name, config).get(0));
        List<INDArray> second = second(name, config, adapter);
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("lokr_w1", matrix(first).mul(config.scaling()));
        if (second.size() == 1) {
            arrays.put("lokr_w2", matrix(second.get(0)).dup('c'));
        } else {
            arrays.put("lokr_w2_a", matrix(second.get(1)).dup('c'));
            arrays.put("lokr_w2_b", matrix(second.get(0)).transpose().dup('c'));
        }
        return arrays;
    }

    private static INDArray matrix(INDArray stack) {
        return stack.reshape(stack.size(1), stack.size(2));
    }
}
