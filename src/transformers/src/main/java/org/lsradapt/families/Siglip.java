package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.LastToken;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * SigLIP (Zhai et al., arXiv 2303.15343), and SigLIP 2 for images of one size. A text's embedding comes from the last
 * token, after padding to one length; an image's comes from an attention pooling of its patches, which the classifier
 * of images skips. A sigmoid judges each pair.
 */
final class Siglip extends Towers {
    private static final Usual USUAL = new Usual(768, 3072, 12, 1e-6, "gelu_pytorch_tanh");

    Siglip() {
        super("siglip", "Siglip", USUAL, USUAL);
    }

    @Override
    public List<String> beginnings() {
        return List.of(TEXTS);
    }

    @Override
    public Optional<String> logitBias() {
        return Optional.of("logit_bias");
    }

    @Override
    public boolean padsTexts() {
        return true;
    }

    @Override
    public Tower texts(JsonFields config) throws IOException {
        JsonFields own = config.object(TEXT_CONFIG);
        int width = USUAL.width(own);
        Linear projection = new Linear(TEXTS + "head", width, own.integer("projection_size", width), true);
        Head head = new Head(Head.Row.LAST, new LastToken.OfAll(), Optional.empty(), projection.name(), true);
        return new Tower(texts(own, 32_000, 64, false, head), Optional.of(projection));
    }

    @Override
    public Tower images(JsonFields config) throws IOException {
        JsonFields own = config.object(IMAGE_CONFIG);
        if (!own.flag("vision_use_head", true)) {
            throw own.failure("vision_use_head", "found false, expected true: embeddings of images come from the head");
        }
        Head head = new Head(Head.Row.FIRST, Optional.empty(), IMAGES + "head", false);
        return new Tower(images(own, IMAGES, Optional.of(pooling(own)), head), Optional.empty());
    }

    private Transformer images(JsonFields own, String prefix, Optional<AttentionPooling> pooling, Head head)
            throws IOException {
        Embeddings.Patches embeddings = patches(own, prefix, 16, true, List.of(), Optional.empty());
        return new Transformer(
                embeddings,
                USUAL.layers(own, prefix + "encoder.layers.").normBefore(false),
                Optional.of(USUAL.norm(prefix + "post_layernorm", own)),
                pooling,
                head,
                Optional.empty(),
                OptionalDouble.empty(),
                embeddings.positions().rows());
    }

    private static AttentionPooling pooling(JsonFields own) throws IOException {
        String head = IMAGES + "head.";
        EncoderLayers sizes = USUAL.layers(own, head);
        int width = sizes.width();
        int heads = sizes.shape().heads();
        int inner = sizes.shape().inner();
        return new AttentionPooling(
                new Table(head + "probe", 1, width, List.of(1L, 1L, (long) width)),
                new Attention(
                        projection(head, "query", 0, width),
                        projection(head, "key", 1, width),
                        projection(head, "value", 2, width),
                        new Linear(head + "attention.out_proj", width, width, true),
                        heads,
                        heads,
                        false,
                        new Positions.None()),
                USUAL.norm(head + "layernorm", own),
                FeedForward.plain(
                        new Linear(head + "mlp.fc1", width, inner, true),
                        new Linear(head + "mlp.fc2", inner, width, true),
                        sizes.activation()));
    }

    private static Linear projection(String head, String name, int place, int width) {
        String whole = head + "attention.in_proj";
        return new Linear(whole + "." + name, width, width, true).within(whole, "_", place * width, 3 * width);
    }

    @Override
    Transformer classifier(JsonFields own, Head head) throws IOException {
        return images(own, "", Optional.empty(), head);
    }

    @Override
    List<Tensor> unread(Transformer model) {
        long width = model.width();
        long inner = model.blocks().get(0).feedForward().up().out();
        return List.of(
                head("probe", 1L, 1L, width),
                head("attention.in_proj_weight", 3 * width, width),
                head("attention.in_proj_bias", 3 * width),
                head("attention.out_proj.weight", width, width),
                head("attention.out_proj.bias", width),
                head("layernorm.weight", width),
                head("layernorm.bias", width),
                head("mlp.fc1.weight", inner, width),
                head("mlp.fc1.bias", inner),
                head("mlp.fc2.weight", width, inner),
                head("mlp.fc2.bias", width));
    }

    private static Tensor head(String name, Long... shape) {
        return new Tensor("head." + name, List.of(shape), false, Optional.of("head"));
    }
}
