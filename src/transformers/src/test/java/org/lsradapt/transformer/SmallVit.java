package org.lsradapt.transformer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.lsradapt.families.Families;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/** A small vision transformer: two layers of width 12, three heads, images of 3 × 12 × 12 in patches of 4 × 4. */
public final class SmallVit {

    private SmallVit() {}

    public static Transformer model() {
        try {
            JsonFields config = new JsonFields(
                    "vit",
                    JsonFile.newObject()
                            .put("model_type", "vit")
                            .put("num_hidden_layers", 2)
                            .put("hidden_size", 12)
                            .put("num_attention_heads", 3)
                            .put("intermediate_size", 20)
                            .put("image_size", 12)
                            .put("patch_size", 4));
            return Families.of(config).describe(config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An image tower of SigLIP with the same images, three layers of width 24, and attention pooling. */
    public static Transformer siglip() {
        try {
            JsonFields config = new JsonFields(
                    "siglip",
                    JsonFile.newObject()
                            .put("model_type", "siglip")
                            .set(
                                    "vision_config",
                                    JsonFile.newObject()
                                            .put("num_hidden_layers", 3)
                                            .put("hidden_size", 24)
                                            .put("num_attention_heads", 3)
                                            .put("intermediate_size", 40)
                                            .put("image_size", 12)
                                            .put("patch_size", 4)));
            return Families.dual(config).images(config).model();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static TransformerWeights weights(DataType type) {
        return weights(model(), type);
    }

    public static TransformerWeights weights(Transformer model, DataType type) {
        try {
            return new TransformerWeights(model, new RandomWeights(model, false), type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Images of random numbers, of these heights and a width of 12. */
    public static List<ImageInput> images(Transformer model, int... heights) {
        Random random = new Random(5);
        List<ImageInput> images = new ArrayList<>();
        for (int height : heights) {
            float[] numbers = new float[3 * height * 12];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            images.add(new ImageInput(
                    "random " + images.size(), height, 12, model.patches().orElseThrow(), () -> numbers));
        }
        return images;
    }
}
