package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A layer's settings and the format of their kind.
 *
 * @param format the format
 * @param config settings of that format
 */
record StoredConfig<C extends AdapterConfig>(AdapterFormat<C> format, C config) {

    static <C extends AdapterConfig> StoredConfig<C> of(AdapterFormat<C> format, AdapterConfig config) {
        return new StoredConfig<>(format, format.settings().cast(config));
    }

    /** Reads the settings of a section, which also has the given other fields. */
    static <C extends AdapterConfig> StoredConfig<C> read(
            AdapterFormat<C> format, JsonFields section, List<String> besides) throws IOException {
        List<String> known = new ArrayList<>(format.form().names());
        known.addAll(besides);
        section.requireOnly(known);
        try {
            return new StoredConfig<>(format, format.read(section));
        } catch (IllegalArgumentException e) {
            throw section.failure(e.getMessage());
        }
    }

    void write(ObjectNode section) {
        format.form().write(config, section);
    }

    /** The names of a layer's tensors, without {@link AdapterFolder#PREFIX}. */
    List<String> tensors(String layer) {
        return format.tensors(layer, config);
    }

    /** The names of the tensors that may be stored in less than F32. */
    List<String> factors(String layer) {
        return format.factors(layer, config);
    }

    boolean isStoredIn(Precision storage, String layer) {
        return storage == Precision.FP32 || !factors(layer).isEmpty();
    }

    /** The tensors that the layer shares with others. */
    Optional<AdapterFormat.Sharing> sharing(String layer) {
        return format.sharing(layer, config);
    }

    AdapterFormat.Size size(LayerTensors tensors) throws IOException {
        return format.size(config, tensors);
    }

    Optional<String> flaw(String layer, Map<String, INDArray> arrays) {
        return format.flaw(layer, config, arrays);
    }
}
