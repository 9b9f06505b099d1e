package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adapted layers in one of PEFT's forms, for writing. */
interface PeftLayers {

    /** The value of {@code peft_type}. */
    String type();

    /** The configuration's field for α. */
    String alphaField();

    List<String> names();

    Scale scale(int layer);

    /**
     * A layer's arrays, by the suffixes of their names after the layer's path in a file.
     *
     * @return new arrays in the file's orientation, which the caller closes
     */
    Map<String, INDArray> arrays(int layer);

    /** Adds fields other than r, α and the layers to the configuration. */
    default void describe(ObjectNode config) {}

    record Scale(int rank, double alpha) {}

    /** All arrays by their names in a file, as from {@link #arrays}. */
    default Map<String, INDArray> all(UnaryOperator<String> path) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        for (int i = 0; i < names().size(); i++) {
            String layer = path.apply(names().get(i));
            arrays(i).forEach((part, array) -> all.put(layer + "." + part, array));
        }
        return all;
    }

    /** Writes r, α and the layers; values that differ from the first layer's go into patterns. */
    default void configure(ObjectNode root, UnaryOperator<String> module) {
        Scale usual = scale(0);
        root.put("r", usual.rank());
        root.put(alphaField(), usual.alpha());
        ArrayNode targets = root.putArray("target_modules");
        ObjectNode ranks = JsonFile.newObject();
        ObjectNode alphas = JsonFile.newObject();
        for (int i = 0; i < names().size(); i++) {
            String name = module.apply(names().get(i));
            targets.add(name);
            // Versions up to 0.13 look a layer up in both patterns by the first matching key of either.
            if (!scale(i).equals(usual)) {
                ranks.put(name, scale(i).rank());
                alphas.put(name, scale(i).alpha());
            }
        }
        if (!ranks.isEmpty()) {
            root.set("rank_pattern", ranks);
            root.set("alpha_pattern", alphas);
        }
        describe(root);
    }
}
