package org.lsradapt.adapters.peft;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.internal.FusedLayers;
import org.nd4j.linalg.api.ndarray.INDArray;

/** LSR and LoRA adapters as PEFT's LoRA. */
record LoraForm(List<SavedLayer> layers) implements PeftLayers {

    @Override
    public String type() {
        return "LORA";
    }

    @Override
    public String alphaField() {
        return "lora_alpha";
    }

    @Override
    public List<String> names() {
        return layers.stream().map(SavedLayer::name).toList();
    }

    @Override
    public Scale scale(int layer) {
        return new Scale(
                layers.get(layer).config().bottleneckRank(),
                FusedLayers.alpha(layers.get(layer).config()));
    }

    @Override
    public Map<String, INDArray> arrays(int layer) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("lora_A.weight", layers.get(layer).a().materialize());
        arrays.put("lora_B.weight", layers.get(layer).b().materialize());
        return arrays;
    }
}
