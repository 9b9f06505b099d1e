package org.lsradapt.families;

import java.io.IOException;
import org.lsradapt.io.JsonFields;

/** What configurations of several families say alike. */
final class Configs {

    /** More than any model has, and few enough to be described. */
    private static final int MOST_LAYERS = 10_000;

    private Configs() {}

    /** The number of layers. */
    static int layers(JsonFields config) throws IOException {
        int layers = config.integer("num_hidden_layers");
        if (layers < 1 || layers > MOST_LAYERS) {
            throw config.failure("num_hidden_layers", "found " + layers + ", expected 1 to " + MOST_LAYERS);
        }
        return layers;
    }

    /**
     * The width of an attention head.
     *
     * @param config has {@code hidden_size} and {@code num_attention_heads}
     * @param field gives another width, if it is there
     * @throws IOException if the heads do not divide the width that they share
     */
    static int headSize(JsonFields config, String field) throws IOException {
        int width = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        if (config.isAbsent(field) && (heads < 1 || width % heads != 0)) {
            throw config.failure("hidden_size", width + " is not a multiple of num_attention_heads " + heads);
        }
        return config.integer(field, width / heads);
    }
}
