package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;

/**
 * ViT (Dosovitskiy et al., arXiv 2010.11929) and DeiT (Touvron et al., arXiv 2012.12877), which has a second special
 * token: patches of an image, normalizations before each part and after the last layer, and a classifier that reads the
 * class token.
 */
final class Vit extends VisionEncoder {
    private static final EncoderLayers.Names LAYER =
            names("layernorm_before", "intermediate.dense", "output.dense", "layernorm_after");

    private final List<String> special;

    private Vit(String modelType, String className, List<String> special) {
        super(
                modelType,
                className,
                "layers.",
                new Renamed(LAYER.up(), "mlp.fc1"),
                new Renamed(LAYER.down(), "mlp.fc2"));
        this.special = special;
    }

    static Vit vit() {
        return new Vit("vit", "ViT", List.of("cls_token"));
    }

    /** DeiT, whose distillation token its classifier does not read. */
    static Vit deit() {
        return new Vit("deit", "DeiT", List.of("cls_token", "distillation_token"));
    }

    /** Returns the pooler, which base models contain but the classifier does not use. */
    @Override
    public List<Linear> unused(Transformer model) {
        return List.of(new Linear("pooler.dense", model.width(), model.width(), true));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        EncoderLayers layers = new EncoderLayers(
                LAYERS,
                LAYER,
                EncoderLayers.Shape.divided(config, "head_dim"),
                config.number("layer_norm_eps", 1e-12),
                config.flag("qkv_bias", true),
                config.meaning("hidden_act", "gelu", Activation::named));
        return model(patches(config, layers.width(), 16, special), layers, layers.normBefore(false), Head.Row.FIRST);
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " heads " + config.integer("num_attention_heads") + " epsilon "
                + config.number("layer_norm_eps", 1e-12) + " activation " + config.text("hidden_act", "gelu");
    }
}
