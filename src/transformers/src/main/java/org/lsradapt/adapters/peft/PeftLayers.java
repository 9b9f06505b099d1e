package org.lsradapt.adapters.peft;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Adapted layers in one of PEFT's forms, to be written. */
interface PeftLayers {

    /** The value of {@code peft_type}. */
    String type();

    /** The field of the configuration that has α. */
    String alphaField();

    /** The layers' names, in order. */
    List<String> names();

    /** r and α of a layer. */
    Scale scale(int layer);

    /**
     * A layer's arrays by what follows its path in a file.
     *
     * @return transposed to what the file has; new, closed by the caller
     */
    Map<String, INDArray> arrays(int layer);

    /** Fields of the configuration, in addition to r, α and the layers. */
    default void describe(ObjectNode config) {}

    /** A layer's r and α. */
    record Scale(int rank, double alpha) {}

    /** All arrays by their names in a file, as {@link #arrays}. */
    default Map<String, INDArray> all(UnaryOperator<String> path) {
        Map<String, INDArray> all = new LinkedHashMap<>();
        for (int i = 0; i < names().size(); i++) {
            String layer = path.apply(names().get(i));
            arrays(i).forEach((part, array) -> all.put(layer + "." + part, array));
        }
        return all;
    }

    /** Writes r, α and the layers, of which those that differ from the first stand in patterns. */
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
            // Versions up to 0.13 look a layer up in both patterns by the first of all keys that matches.
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
