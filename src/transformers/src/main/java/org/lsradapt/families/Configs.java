package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;

/** Configuration fields that several families share. */
final class Configs {

    /** Bounds the memory of a model's description; no model has as many layers. */
    private static final int MOST_LAYERS = 10_000;

    private static final int MOST_PIXELS = 10_000;

    private static final int MOST_CHANNELS = 16;

    static final String LAYERS = "num_hidden_layers";

    private Configs() {}

    static int layers(JsonFields config) throws IOException {
        return layers(config, LAYERS);
    }

    static int layers(JsonFields config, String field) throws IOException {
        int layers = config.integer(field);
        if (layers < 1 || layers > MOST_LAYERS) {
            throw config.failure(field, "found " + layers + ", expected 1 to " + MOST_LAYERS);
        }
        return layers;
    }

    /** Returns the side of an image or patch: a number, or two equal ones; {@code otherwise} without the field. */
    private static int side(JsonFields config, String field, int otherwise) throws IOException {
        if (config.isAbsent(field) || !config.isArray(field)) {
            return config.integer(field, otherwise);
        }
        List<Integer> sides = config.integers(field);
        if (sides.isEmpty() || sides.size() > 2 || !sides.get(0).equals(sides.get(sides.size() - 1))) {
            throw config.failure(field, "found " + sides + ", expected a square");
        }
        return sides.get(0);
    }

    /** The pixels on each side of an image and of a patch, and the numbers per pixel. */
    record Pixels(int image, int patch, int channels) {

        /** Reads and checks the sizes before they are used in computations. */
        static Pixels of(JsonFields config, int usualPatch) throws IOException {
            int size = side(config, "image_size", 224);
            int patch = side(config, "patch_size", usualPatch);
            int channels = config.integer("num_channels", 3);
            if (size < 1 || size > MOST_PIXELS) {
                throw config.failure("image_size", "found " + size + ", expected 1 to " + MOST_PIXELS);
            }
            if (patch < 1 || patch > size) {
                throw config.failure("patch_size", "found " + patch + ", expected 1 to image_size, " + size);
            }
            if (channels < 1 || channels > MOST_CHANNELS) {
                throw config.failure("num_channels", "found " + channels + ", expected 1 to " + MOST_CHANNELS);
            }
            return new Pixels(size, patch, channels);
        }

        int numbers() {
            return channels * patch * patch;
        }

        int patches() {
            return (image / patch) * (image / patch);
        }
    }

    /** Returns the width of an attention head: that of the field, or else the heads' share of the model's width. */
    static int headSize(JsonFields config, String field) throws IOException {
        return headSize(config, field, OptionalInt.empty());
    }

    /** Returns the width of an attention head; {@code otherwise} without the field, or a share if that is empty. */
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
