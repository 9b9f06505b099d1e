package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.LastToken;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * CLIP (Radford et al., arXiv 2103.00020). A causal transformer reads texts; its row of the end token becomes the
 * embedding. A vision transformer reads images; its row of the class token becomes the embedding. Both have
 * normalizations before each part and after that row. The classifier of images skips the class token and its
 * normalization.
 */
final class Clip extends Towers {
    private static final String TEXT_PROJECTION = "text_projection";
    private static final String IMAGE_PROJECTION = "visual_projection";
    private static final String POST_NORM = "post_layernorm";
    private static final int END = 49407;
    private static final int WRONG_END = 2;

    Clip() {
        super(
                "clip",
                "CLIP",
                new Usual(512, 2048, 8, 1e-5, "quick_gelu"),
                new Usual(768, 3072, 12, 1e-5, "quick_gelu"));
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("CLIPTokenizer");
    }

    @Override
    public List<String> beginnings() {
        return List.of(TEXTS, TEXT_PROJECTION, IMAGE_PROJECTION);
    }

    /** Returns the fields of a tower; in older files text_config_dict or vision_config_dict takes precedence. */
    @Override
    JsonFields section(JsonFields config, String name) throws IOException {
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
        Head head = new Head(Head.Row.LAST, last(own), Optional.empty(), TEXT_PROJECTION, false);
        return projected(texts(own, 49408, 77, true, head), config);
    }

    @Override
    public Tower images(JsonFields config) throws IOException {
        JsonFields own = section(config, IMAGE_CONFIG);
        Norm norm = image().norm(IMAGES + POST_NORM, own);
        Head head = new Head(Head.Row.FIRST, Optional.empty(), IMAGE_PROJECTION, false);
        return projected(images(own, IMAGES, Optional.of(norm), head), config);
    }

    private static Tower projected(Transformer model, JsonFields config) throws IOException {
        int dimensions = config.integer("projection_dim", 512);
        return new Tower(model, Optional.of(new Linear(model.head().output(), model.width(), dimensions, false)));
    }

    private Transformer images(JsonFields own, String prefix, Optional<Norm> norm, Head head) throws IOException {
        int width = image().width(own);
        Embeddings.Patches embeddings = patches(
                own,
                prefix,
                32,
                false,
                List.of(new Table(prefix + "embeddings.class_embedding", 1, width, List.of((long) width))),
                Optional.of(image().norm(prefix + "pre_layrnorm", own)));
        return new Transformer(
                embeddings,
                image().layers(own, prefix + "encoder.layers.").normBefore(false),
                norm,
                head,
                Optional.empty(),
                embeddings.positions().rows());
    }

    @Override
    Transformer classifier(JsonFields own, Head head) throws IOException {
        return images(own, "", Optional.empty(), head);
    }

    @Override
    List<Tensor> unread(Transformer model) {
        List<Long> shape = List.of((long) model.width());
        return List.of(
                new Tensor(POST_NORM + ".weight", shape, false, Optional.of(POST_NORM)),
                new Tensor(POST_NORM + ".bias", shape, false, Optional.of(POST_NORM)));
    }
}
