package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedAdapter;
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
record LokrForm(List<Layer> layers) implements PeftLayers {

    /**
     * @param first F [in₁, out₁]
     * @param second S [1, in₂, out₂], or two matrices [1, r, in₂] and [1, r, out₂] whose product is S
     */
    record Layer(String name, KroneckerConfig config, INDArray first, List<INDArray> second) {}

    /** Whether all layers of an adapter have this kind, regardless of its settings. */
    static boolean fits(SavedAdapter adapter) {
        return !adapter.layerNames().isEmpty()
                && adapter.layerNames().stream().allMatch(layer -> adapter.config(layer) instanceof KroneckerConfig);
    }

    /**
     * @param adapter an adapter that {@linkplain #fits fits}; its arrays are kept
     * @throws IllegalArgumentException if PEFT's LoKr does not support a layer; the message gives the reason
     */
    static LokrForm of(SavedAdapter adapter) {
        List<Layer> layers = new ArrayList<>();
        for (String name : adapter.layerNames()) {
            KroneckerConfig config = (KroneckerConfig) adapter.config(name);
            Require.argument(
                    config.method() == KroneckerMethod.LOKR || config.method() == KroneckerMethod.KRONA,
                    "PEFT export: layer '%s' is adapted by %s, which is none of PEFT's; expected lokr or krona",
                    name,
                    config.method().label());
            Require.argument(
                    config.terms() == 1
                            && config.in().equals(FactorSplit.BALANCED)
                            && config.out().equals(FactorSplit.BALANCED),
                    "PEFT export: layer '%s' has %d terms and splits widths %s and %s, expected one term and balanced"
                            + " splits, as PEFT's LoKr has them",
                    name,
                    config.terms(),
                    config.in(),
                    config.out());
            Map<String, INDArray> arrays = adapter.arrays(name);
            INDArray first = arrays.get(KroneckerNames.first(name, config).get(0));
            layers.add(new Layer(
                    name,
                    config,
                    first.reshape(first.size(1), first.size(2)),
                    KroneckerNames.second(name, config).stream()
                            .map(arrays::get)
                            .toList()));
        }
        return new LokrForm(layers);
    }

    @Override
    public String type() {
        return "LOKR";
    }

    @Override
    public String alphaField() {
        return "alpha";
    }

    @Override
    public List<String> names() {
        return layers.stream().map(Layer::name).toList();
    }

    /** From half of its larger side on, PEFT takes w2 as a whole matrix. */
    @Override
    public Scale scale(int layer) {
        Layer own = layers.get(layer);
        INDArray second = own.second().get(0);
        int rank = own.config().secondRank() > 0
                ? own.config().secondRank()
                : (int) (Math.max(second.size(1), second.size(2)) + 1) / 2;
        return new Scale(rank, rank);
    }

    @Override
    public Map<String, INDArray> arrays(int layer) {
        Layer own = layers.get(layer);
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("lokr_w1", own.first().mul(own.config().scaling()));
        if (own.second().size() == 1) {
            arrays.put("lokr_w2", matrix(own.second().get(0)).dup('c'));
        } else {
            arrays.put("lokr_w2_a", matrix(own.second().get(1)).dup('c'));
            arrays.put("lokr_w2_b", matrix(own.second().get(0)).transpose().dup('c'));
        }
        return arrays;
    }

    private static INDArray matrix(INDArray stack) {
        return stack.reshape(stack.size(1), stack.size(2));
    }

    @Override
    public void describe(ObjectNode config) {
        config.put("decompose_both", false);
        config.put("decompose_factor", -1);
    }
}
