package org.lsradapt.families;

import java.io.IOException;
import org.lsradapt.io.JsonFields;

/** What configurations of several families say alike. */
final class Configs {

    private Configs() {}

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
