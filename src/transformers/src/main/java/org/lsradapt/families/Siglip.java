package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.LastToken;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * SigLIP (Zhai et al., arXiv 2303.15343), and SigLIP 2 for images of one size. A text's embedding comes from the last
 * token, after padding to one length; an image's comes from an attention pooling of its patches. A sigmoid judges each
 * pair.
 */
final class Siglip implements DualFamily {
    static final String TYPE = "siglip";
    static final String IMAGES = "vision_model.";
    static final String IMAGE_CONFIG = "vision_config";
    static final String IMAGE_PROCESSOR = "SiglipImageProcessor";
    private static final String TEXTS = "text_model.";
    private static final String TEXT_CONFIG = "text_config";
    private static final String IN_PROJECTION = "head.attention.in_proj";
    private static final Clip.Usual USUAL = new Clip.Usual(3072, 12, 1e-6, "gelu_pytorch_tanh");

    @Override
    public String modelType() {
        return TYPE;
    }

    @Override
    public List<JsonFields> sections(JsonFields config) throws IOException {
        return List.of(config.object(TEXT_CONFIG), config.object(IMAGE_CONFIG));
    }

    @Override
    public List<String> beginnings() {
        return List.of(TEXTS);
    }

    @Override
    public String className() {
        return "SiglipModel";
    }

    @Override
    public String logitScale() {
        return "logit_scale";
    }

    @Override
    public Optional<String> logitBias() {
        return Optional.of("logit_bias");
    }

    @Override
    public boolean fillsTexts() {
        return true;
    }

    @Override
    public String imageProcessor() {
        return IMAGE_PROCESSOR;
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " texts " + USUAL.signature(config.object(TEXT_CONFIG)) + " images "
                + imageSignature(config.object(IMAGE_CONFIG));
    }

    /** Returns the fingerprint's part for the tower that reads images. */
    static String imageSignature(JsonFields own) throws IOException {
        return USUAL.signature(own);
    }

    @Override
    public Tower texts(JsonFields config) throws IOException {
        JsonFields own = config.object(TEXT_CONFIG);
        int width = width(own);
        int positions = own.integer("max_position_embeddings", 64);
        Embeddings embeddings = new Embeddings.Tokens(
                new Table(TEXTS + "embeddings.token_embedding.weight", own.integer("vocab_size", 32000), width),
                Optional.of(new Table(TEXTS + "embeddings.position_embedding.weight", positions, width)),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
        Linear head = new Linear(TEXTS + "head", width, own.integer("projection_size", width), true);
        Transformer model = new Transformer(
                embeddings,
                Clip.blocks(own, TEXTS, false, width, USUAL),
                Optional.of(Bert.norm(TEXTS + "final_layer_norm", width, USUAL.epsilon(own))),
                new Head(Head.Row.LAST, new LastToken.OfAll(), Optional.empty(), head.name(), true),
                Optional.empty(),
                positions);
        return new Tower(model, Optional.of(head));
    }

    @Override
    public Tower images(JsonFields config) throws IOException {
        JsonFields own = config.object(IMAGE_CONFIG);
        if (!own.flag("vision_use_head", true)) {
            throw own.failure("vision_use_head", "found false, expected true: embeddings of images come from the head");
        }
        Head head = new Head(Head.Row.FIRST, Optional.empty(), IMAGES + "head", false);
        return new Tower(images(own, IMAGES, Optional.of(pooling(own, IMAGES)), head), Optional.empty());
    }

    /**
     * Returns the tower that reads images.
     *
     * @param own the fields that describe the tower
     * @param prefix prefix of its tensors' names
     * @param pooling pooling of the last hidden states; empty for none
     * @param head the head of the tower
     */
    static Transformer images(JsonFields own, String prefix, Optional<AttentionPooling> pooling, Head head)
            throws IOException {
        int width = width(own);
        int size = Configs.side(own, "image_size", 224);
        int patch = Configs.side(own, "patch_size", 16);
        int channels = own.integer("num_channels", 3);
        Configs.requirePatches(own, size, patch, channels);
        Embeddings.Patches embeddings = new Embeddings.Patches(
                new Linear(prefix + "embeddings.patch_embedding", channels * patch * patch, width, true),
                List.of(),
                new Table(prefix + "embeddings.position_embedding.weight", (size / patch) * (size / patch), width),
                channels,
                patch,
                size,
                Optional.empty());
        List<Block> blocks = Clip.blocks(own, prefix, false, width, USUAL);
        return new Transformer(
                embeddings,
                blocks,
                Optional.of(Bert.norm(prefix + "post_layernorm", width, USUAL.epsilon(own))),
                pooling,
                head,
                Optional.empty(),
                OptionalDouble.empty(),
                embeddings.positions().rows());
    }

    /** Returns the pooling of the tower that reads images. */
    static AttentionPooling pooling(JsonFields own, String prefix) throws IOException {
        int width = width(own);
        int heads = own.integer("num_attention_heads", USUAL.heads());
        String head = prefix + "head.";
        return new AttentionPooling(
                new Table(head + "probe", 1, width, List.of(1L, 1L, (long) width)),
                new Attention(
                        projection(prefix, "query", 0, width),
                        projection(prefix, "key", 1, width),
                        projection(prefix, "value", 2, width),
                        new Linear(head + "attention.out_proj", width, width, true),
                        heads,
                        heads,
                        false,
                        new Positions.None()),
                Bert.norm(head + "layernorm", width, USUAL.epsilon(own)),
                Clip.feedForward(own, head, width, USUAL));
    }

    private static Linear projection(String prefix, String name, int place, int width) {
        return new Linear(prefix + IN_PROJECTION + "." + name, width, width, true)
                .within(prefix + IN_PROJECTION, "_", place * width, 3 * width);
    }

    private static int width(JsonFields own) throws IOException {
        return own.integer("hidden_size", 768);
    }
}
