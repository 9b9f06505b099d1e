package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.internal.FusedLayers;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.internal.Require;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Adapted layers in one of PEFT's forms, for writing. Arrays are new, transposed to [in, out], and belong to the caller.
 *
 * @param type the value of {@code peft_type}
 * @param arrays a layer's arrays, by the suffixes of their names after the layer's path in a file
 * @param beside the arrays that belong to no layer, by their names
 * @param fields adds the fields to a configuration, given the names of the layers as modules
 */
public record PeftLayers(
        String type,
        List<String> names,
        Function<String, Map<String, INDArray>> arrays,
        Supplier<Map<String, INDArray>> beside,
        BiConsumer<ObjectNode, List<String>> fields) {

    private static final String TARGETS = "target_modules";

    /** Creates layers with the same settings, which are added to a configuration. */
    public static PeftLayers of(
            String type,
            List<String> names,
            Function<String, Map<String, INDArray>> arrays,
            Consumer<ObjectNode> settings) {
        return new PeftLayers(type, names, arrays, Map::of, (root, modules) -> {
            root.set(TARGETS, JsonFile.node(modules));
            settings.accept(root);
        });
    }

    /** Creates layers with the same settings, whose parameters PEFT has under the same names. */
    public static PeftLayers of(String type, SavedAdapter adapter, Consumer<ObjectNode> settings) {
        return of(type, adapter.layerNames(), layer -> saved(layer, adapter), settings);
    }

    /** Returns the configuration of all layers; throws an {@link IllegalArgumentException} if there are several. */
    public static AdapterConfig onlyConfig(SavedAdapter adapter) {
        List<AdapterConfig> configs =
                adapter.layerNames().stream().map(adapter::config).distinct().toList();
        Require.argument(
                configs.size() == 1,
                "PEFT export: the layers have %d different configurations of kind '%s', PEFT has one; expected one",
                configs.size(),
                configs.get(0).kind());
        return configs.get(0);
    }

    private static Map<String, INDArray> saved(String layer, SavedAdapter adapter) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        adapter.arrays(layer).forEach((name, array) -> arrays.put(name.substring(layer.length() + 1), array.dup('c')));
        return arrays;
    }

    /**
     * Creates layers with r and α of their own. Values that differ from the first layer's go into patterns.
     *
     * @param scales r and α by layer
     * @param alphaField the configuration's field for α
     * @param settings adds fields other than r, α and the layers to a configuration
     */
    public static PeftLayers scaled(
            String type,
            String alphaField,
            Map<String, LayerScale> scales,
            Function<String, Map<String, INDArray>> arrays,
            Consumer<ObjectNode> settings) {
        List<LayerScale> each = List.copyOf(scales.values());
        return new PeftLayers(type, List.copyOf(scales.keySet()), arrays, Map::of, (root, modules) -> {
            configure(root, alphaField, each, modules);
            settings.accept(root);
        });
    }

    private static void configure(ObjectNode root, String alphaField, List<LayerScale> scales, List<String> modules) {
        LayerScale usual = scales.get(0);
        root.put("r", usual.rank());
        root.put(alphaField, usual.alpha());
        ArrayNode targets = root.putArray(TARGETS);
        ObjectNode ranks = JsonFile.newObject();
        ObjectNode alphas = JsonFile.newObject();
        for (int i = 0; i < scales.size(); i++) {
            targets.add(modules.get(i));
            // Versions up to 0.13 look a layer up in both patterns by the first matching key of either.
            if (!scales.get(i).equals(usual)) {
                ranks.put(modules.get(i), scales.get(i).rank());
                alphas.put(modules.get(i), scales.get(i).alpha());
            }
        }
        if (!ranks.isEmpty()) {
            root.set("rank_pattern", ranks);
            root.set("alpha_pattern", alphas);
        }
    }

    /** LSR and LoRA adapters as PEFT's LoRA. */
    public static PeftLayers lora(List<SavedLayer> layers) {
        Map<String, LayerScale> scales = new LinkedHashMap<>();
        Map<String, SavedLayer> byName = new LinkedHashMap<>();
        for (SavedLayer layer : layers) {
            byName.put(layer.name(), layer);
            scales.put(
                    layer.name(), new LayerScale(layer.config().bottleneckRank(), FusedLayers.alpha(layer.config())));
        }
        return scaled("LORA", "lora_alpha", scales, name -> lora(byName.get(name)), root -> {});
    }

    private static Map<String, INDArray> lora(SavedLayer layer) {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("lora_A.weight", layer.a().materialize());
        arrays.put("lora_B.weight", layer.b().materialize());
        return arrays;
    }

    /** The same layers with arrays that belong to none of them. */
    public PeftLayers with(Supplier<Map<String, INDArray>> others) {
        return new PeftLayers(type, names, arrays, others, fields);
    }

    Map<String, INDArray> all(UnaryOperator<String> path) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        for (String name : names) {
            arrays.apply(name).forEach((part, array) -> all.put(path.apply(name) + "." + part, array));
        }
        all.putAll(beside.get());
        return all;
    }

    void configure(ObjectNode root, UnaryOperator<String> module) {
        fields.accept(root, names.stream().map(module).toList());
    }
}
