package org.lsradapt.adapters;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterConfig;

/**
 * A layer's settings and the format of their kind.
 *
 * @param format the format
 * @param config settings that it stores
 */
record StoredConfig(AdapterFormat format, AdapterConfig config) {

    boolean isLsr() {
        return format == LsrFormat.INSTANCE;
    }

    /** The names of a layer's tensors, without {@link AdapterFolder#PREFIX}. */
    List<String> tensors(String layer) {
        return format.tensors(layer, config);
    }

    /** Those of them that the layer shares with others. */
    Optional<AdapterFormat.Sharing> sharing(String layer) {
        return format.sharing(layer, config);
    }
}
