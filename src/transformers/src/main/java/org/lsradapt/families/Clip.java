package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.LastToken;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * CLIP (Radford et al., arXiv 2103.00020). A causal transformer reads texts; its row of the end token becomes the
 * embedding. A vision transformer reads images; its row of the class token becomes the embedding. Both have
 * normalizations before each part and after that row.
 */
final class Clip implements DualFamily {
    private static final String TEXTS = "text_model.";
    static final String IMAGES = "vision_model.";
    private static final String TEXT_CONFIG = "text_config";
    static final String IMAGE_CONFIG = "vision_config";
    static final String IMAGE_PROCESSOR = "CLIPImageProcessor";
    static final String TYPE = "clip";
    private static final int PROJECTION = 512;
    private static final int END = 49407;
    private static final int WRONG_END = 2;
    private static final Usual TEXT = new Usual(2048, 8, 1e-5, "quick_gelu");
    private static final Usual IMAGE = new Usual(3072, 12, 1e-5, "quick_gelu");

    /** The defaults of a tower's configuration. */
    record Usual(int inner, int heads, double epsilon, String activation) {

        double epsilon(JsonFields tower) throws IOException {
            return tower.number("layer_norm_eps", epsilon);
        }

        /** Returns the tower's part of the fingerprint, for towers with the same tensors. */
        String signature(JsonFields tower) throws IOException {
            return "heads " + tower.integer("num_attention_heads", heads) + " epsilon " + epsilon(tower)
                    + " activation " + tower.text("hidden_act", activation);
        }
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("CLIPTokenizer");
    }

    @Override
    public String modelType() {
        return TYPE;
    }

    @Override
    public List<JsonFields> sections(JsonFields config) throws IOException {
        return List.of(section(config, TEXT_CONFIG), section(config, IMAGE_CONFIG));
    }

    @Override
    public List<String> beginnings() {
        return List.of(TEXTS, "text_projection", "visual_projection");
    }

    @Override
    public String className() {
        return "CLIPModel";
    }

    @Override
    public String logitScale() {
        return "logit_scale";
    }

    @Override
    public String imageProcessor() {
        return IMAGE_PROCESSOR;
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " texts " + TEXT.signature(section(config, TEXT_CONFIG)) + " images "
                + imageSignature(section(config, IMAGE_CONFIG));
    }

    /**
     * Returns the fields of a tower; older files also have text_config_dict or vision_config_dict, which takes
     * precedence.
     */
    static JsonFields section(JsonFields config, String name) throws IOException {
        String older = name + "_dict";
        return config.object(config.isAbsent(older) ? name : older);
    }

    /** Returns the rule for the token that ends a text. Older files have id 2, which is not the end token's. */
    private static LastToken last(JsonFields own) throws IOException {
        int end = own.integer("eos_token_id", END);
        return end == WRONG_END ? new LastToken.Largest() : new LastToken.FirstOf(end);
    }

    @Override
    public Tower texts(JsonFields config) throws IOException {
        JsonFields own = section(config, TEXT_CONFIG);
        int width = own.integer("hidden_size", 512);
        int positions = own.integer("max_position_embeddings", 77);
        Embeddings embeddings = new Embeddings.Tokens(
                new Table(TEXTS + "embeddings.token_embedding.weight", own.integer("vocab_size", 49408), width),
                Optional.of(new Table(TEXTS + "embeddings.position_embedding.weight", positions, width)),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        Transformer model = new Transformer(
                embeddings,
                blocks(own, TEXTS, true, width, TEXT),
                Optional.of(Bert.norm(TEXTS + "final_layer_norm", width, TEXT.epsilon(own))),
                new Head(Head.Row.LAST, last(own), Optional.empty(), "text_projection", false),
                Optional.empty(),
                positions);
        return new Tower(model, projection("text_projection", width, config));
    }

    @Override
    public Tower images(JsonFields config) throws IOException {
        JsonFields own = section(config, IMAGE_CONFIG);
        int width = width(own);
        Transformer model = images(
                own,
                IMAGES,
                Optional.of(Bert.norm(IMAGES + "post_layernorm", width, IMAGE.epsilon(own))),
                new Head(Head.Row.FIRST, Optional.empty(), "visual_projection", false));
        return new Tower(model, projection("visual_projection", width, config));
    }

    /**
     * Returns the tower that reads images.
     *
     * @param own the fields that describe the tower
     * @param prefix prefix of its tensors' names
     * @param norm normalization after the last layer; empty for none
     * @param head the head of the tower
     */
    static Transformer images(JsonFields own, String prefix, Optional<Norm> norm, Head head) throws IOException {
        int width = width(own);
        int size = Configs.side(own, "image_size", 224);
        int patch = Configs.side(own, "patch_size", 32);
        int channels = own.integer("num_channels", 3);
        Configs.requirePatches(own, size, patch, channels);
        Embeddings.Patches embeddings = new Embeddings.Patches(
                new Linear(prefix + "embeddings.patch_embedding", channels * patch * patch, width, false),
                List.of(new Table(prefix + "embeddings.class_embedding", 1, width, List.of((long) width))),
                new Table(prefix + "embeddings.position_embedding.weight", 1 + (size / patch) * (size / patch), width),
                channels,
                patch,
                size,
                Optional.of(Bert.norm(prefix + "pre_layrnorm", width, IMAGE.epsilon(own))));
        List<Block> blocks = blocks(own, prefix, false, width, IMAGE);
        return new Transformer(
                embeddings,
                blocks,
                norm,
                head,
                Optional.empty(),
                embeddings.positions().rows());
    }

    private static int width(JsonFields own) throws IOException {
        return own.integer("hidden_size", 768);
    }

    /** Returns the fingerprint's part for the tower that reads images. */
    static String imageSignature(JsonFields own) throws IOException {
        return IMAGE.signature(own);
    }

    private static Optional<Linear> projection(String name, int width, JsonFields config) throws IOException {
        return Optional.of(new Linear(name, width, config.integer("projection_dim", PROJECTION), false));
    }

    /** Returns the layers of a tower, which SigLIP shares. */
    static List<Block> blocks(JsonFields config, String tower, boolean causal, int width, Usual usual)
            throws IOException {
        int heads = config.integer("num_attention_heads", usual.heads);
        int layers = config.isAbsent("num_hidden_layers") ? 12 : Configs.layers(config);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            String layer = tower + "encoder.layers." + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "self_attn.q_proj", width, width, true),
                    new Linear(layer + "self_attn.k_proj", width, width, true),
                    new Linear(layer + "self_attn.v_proj", width, width, true),
                    new Linear(layer + "self_attn.out_proj", width, width, true),
                    heads,
                    heads,
                    causal,
                    new Positions.None());
            blocks.add(Block.normBefore(
                    Bert.norm(layer + "layer_norm1", width, usual.epsilon(config)),
                    attention,
                    Bert.norm(layer + "layer_norm2", width, usual.epsilon(config)),
                    feedForward(config, layer, width, usual)));
        }
        return blocks;
    }

    static FeedForward feedForward(JsonFields config, String layer, int width, Usual usual) throws IOException {
        int inner = config.integer("intermediate_size", usual.inner);
        return FeedForward.plain(
                new Linear(layer + "mlp.fc1", width, inner, true),
                new Linear(layer + "mlp.fc2", inner, width, true),
                config.meaning("hidden_act", usual.activation, Activation::named));
    }
}
