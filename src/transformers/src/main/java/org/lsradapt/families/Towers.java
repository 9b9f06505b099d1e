package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/** Two towers of one form: one section of the configuration each, and layers with normalizations before their parts. */
abstract class Towers implements DualFamily {
    static final String TEXTS = "text_model.";
    static final String IMAGES = "vision_model.";
    static final String TEXT_CONFIG = "text_config";
    static final String IMAGE_CONFIG = "vision_config";

    private static final EncoderLayers.Names LAYER = new EncoderLayers.Names(
            "self_attn.q_proj",
            "self_attn.k_proj",
            "self_attn.v_proj",
            "self_attn.out_proj",
            "layer_norm1",
            "mlp.fc1",
            "mlp.fc2",
            "layer_norm2");

    private final String modelType;
    private final String name;
    private final Usual text;
    private final Usual image;

    /** The defaults of a tower's configuration. */
    record Usual(int width, int inner, int heads, double epsilon, String activation) {

        int width(JsonFields tower) throws IOException {
            return tower.integer("hidden_size", width);
        }

        int heads(JsonFields tower) throws IOException {
            return tower.integer("num_attention_heads", heads);
        }

        Norm norm(String name, JsonFields tower) throws IOException {
            return EncoderLayers.norm(name, width(tower), tower.number("layer_norm_eps", epsilon));
        }

        /** Returns the tower's part of the fingerprint, for towers with the same tensors. */
        String signature(JsonFields tower) throws IOException {
            return "heads " + heads(tower) + " epsilon " + tower.number("layer_norm_eps", epsilon) + " activation "
                    + tower.text("hidden_act", activation);
        }

        EncoderLayers layers(JsonFields tower, String prefix) throws IOException {
            int width = width(tower);
            int heads = heads(tower);
            return new EncoderLayers(
                    prefix,
                    LAYER,
                    new EncoderLayers.Shape(
                            tower.isAbsent(Configs.LAYERS) ? 12 : Configs.layers(tower),
                            width,
                            heads,
                            width,
                            tower.integer("intermediate_size", inner)),
                    tower.number("layer_norm_eps", epsilon),
                    true,
                    tower.meaning("hidden_act", activation, Activation::named));
        }
    }

    /** Creates a family; its classes in transformers begin with the given name. */
    Towers(String modelType, String name, Usual text, Usual image) {
        this.modelType = modelType;
        this.name = name;
        this.text = text;
        this.image = image;
    }

    @Override
    public final String modelType() {
        return modelType;
    }

    @Override
    public final String className() {
        return name + "Model";
    }

    @Override
    public final String imageProcessor() {
        return name + "ImageProcessor";
    }

    @Override
    public final String logitScale() {
        return "logit_scale";
    }

    @Override
    public final List<JsonFields> sections(JsonFields config) throws IOException {
        return List.of(section(config, TEXT_CONFIG), section(config, IMAGE_CONFIG));
    }

    JsonFields section(JsonFields config, String field) throws IOException {
        return config.object(field);
    }

    @Override
    public final String signature(JsonFields config) throws IOException {
        return modelType + " texts " + text.signature(section(config, TEXT_CONFIG)) + " images "
                + image.signature(section(config, IMAGE_CONFIG));
    }

    final Usual image() {
        return image;
    }

    final Transformer texts(JsonFields own, int vocabulary, int positions, boolean causal, Head head)
            throws IOException {
        int width = text.width(own);
        int count = own.integer("max_position_embeddings", positions);
        Embeddings embeddings = new Embeddings.Tokens(
                new Table(TEXTS + "embeddings.token_embedding.weight", own.integer("vocab_size", vocabulary), width),
                Optional.of(new Table(TEXTS + "embeddings.position_embedding.weight", count, width)),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        return new Transformer(
                embeddings,
                text.layers(own, TEXTS + "encoder.layers.").normBefore(causal),
                Optional.of(text.norm(TEXTS + "final_layer_norm", own)),
                head,
                Optional.empty(),
                count);
    }

    /** Returns the embeddings of an image's patches, with a normalization of their sum, if any. */
    final Embeddings.Patches patches(
            JsonFields own, String prefix, int usualPatch, boolean bias, List<Table> special, Optional<Norm> norm)
            throws IOException {
        int width = image.width(own);
        Configs.Pixels pixels = Configs.Pixels.of(own, usualPatch);
        return new Embeddings.Patches(
                new Linear(prefix + "embeddings.patch_embedding", pixels.numbers(), width, bias),
                special,
                Optional.empty(),
                new Table(prefix + "embeddings.position_embedding.weight", special.size() + pixels.patches(), width),
                pixels.channels(),
                pixels.patch(),
                pixels.image(),
                norm,
                Embeddings.Patches.Interpolation.CUBIC);
    }

    abstract Transformer classifier(JsonFields own, Head head) throws IOException;

    /** Returns the tensors of the tower that reads images which its classifier does not use. */
    abstract List<Tensor> unread(Transformer model);

    /** Returns the tower that reads images as a family of classifiers. */
    final Family images() {
        return new TowerClassifier(this, name);
    }
}
