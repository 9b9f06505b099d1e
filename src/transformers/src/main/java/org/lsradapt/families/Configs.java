package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;

/** Fields that configurations of several families share. */
final class Configs {

    /** More than any model has, and few enough to be described. */
    private static final int MOST_LAYERS = 10_000;

    /** On each side of an image. */
    private static final int MOST_PIXELS = 10_000;

    private static final int MOST_CHANNELS = 16;

    /** The name of the number of layers in most families. */
    static final String LAYERS = "num_hidden_layers";

    private Configs() {}

    /** The number of layers. */
    static int layers(JsonFields config) throws IOException {
        return layers(config, LAYERS);
    }

    /** The number of layers, in a field of another name. */
    static int layers(JsonFields config, String field) throws IOException {
        int layers = config.integer(field);
        if (layers < 1 || layers > MOST_LAYERS) {
            throw config.failure(field, "found " + layers + ", expected 1 to " + MOST_LAYERS);
        }
        return layers;
    }

    /**
     * The side of an image or patch, a number or two equal ones.
     *
     * @param otherwise what it is where the field is missing
     */
    static int side(JsonFields config, String field, int otherwise) throws IOException {
        if (config.isAbsent(field) || !config.isArray(field)) {
            return config.integer(field, otherwise);
        }
        List<Integer> sides = config.integers(field);
        if (sides.isEmpty() || sides.size() > 2 || !sides.get(0).equals(sides.get(sides.size() - 1))) {
            throw config.failure(field, "found " + sides + ", expected a square");
        }
        return sides.get(0);
    }

    /**
     * Checks sizes of images before anything is computed of them.
     *
     * @param size pixels on each side of an image
     * @param patch pixels on each side of a patch
     * @param channels numbers per pixel
     */
    static void requirePatches(JsonFields config, int size, int patch, int channels) throws IOException {
        if (size < 1 || size > MOST_PIXELS) {
            throw config.failure("image_size", "found " + size + ", expected 1 to " + MOST_PIXELS);
        }
        if (patch < 1 || patch > size) {
            throw config.failure("patch_size", "found " + patch + ", expected 1 to image_size, " + size);
        }
        if (channels < 1 || channels > MOST_CHANNELS) {
            throw config.failure("num_channels", "found " + channels + ", expected 1 to " + MOST_CHANNELS);
        }
    }

    /**
     * The width of an attention head.
     *
     * @param config has {@code hidden_size} and {@code num_attention_heads}
     * @param field gives another width, if it is there
     * @throws IOException if there are no heads, or they do not divide the width that they share
     */
    static int headSize(JsonFields config, String field) throws IOException {
        return headSize(config, field, OptionalInt.empty());
    }

    /**
     * As the other, where a configuration without the field can have another width than a share.
     *
     * @param otherwise the width where there is no such field; empty for a share
     */
    static int headSize(JsonFields config, String field, OptionalInt otherwise) throws IOException {
        int width = config.integer("hidden_size");
        int heads = config.integer("num_attention_heads");
        if (heads < 1) {
            throw config.failure("num_attention_heads", "found " + heads + ", expected 1 or more");
        }
        if (!config.has(field) && otherwise.isPresent()) {
            return otherwise.getAsInt();
        }
        if (config.isAbsent(field) && width % heads != 0) {
            throw config.failure("hidden_size", width + " is not a multiple of num_attention_heads " + heads);
        }
        return config.integer(field, width / heads);
    }
}
