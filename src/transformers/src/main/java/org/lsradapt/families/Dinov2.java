package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * DINOv2 (Oquab et al., arXiv 2304.07193): a vision transformer whose parts are scaled before they are added, and whose classifier reads the
 * class token and the mean of the patches side by side. Its images usually have another size than the configured one, so its
 * positions are interpolated.
 */
final class Dinov2 implements Family {
    private static final String LAYERS = "encoder.layer.";
    private static final String MASK_TOKEN = "embeddings.mask_token";

    /** In files, and what transformers calls the modules since version 5. */
    private static final List<String> FILES = List.of(
            "attention.attention.query",
            "attention.attention.key",
            "attention.attention.value",
            "attention.output.dense");

    private static final List<String> MODULES =
            List.of("attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj");

    @Override
    public String modelType() {
        return "dinov2";
    }

    @Override
    public String prefix() {
        return "dinov2.";
    }

    @Override
    public String sequenceClassifier() {
        return "Dinov2ForImageClassification";
    }

    @Override
    public String baseClass() {
        return "Dinov2Model";
    }

    @Override
    public String imageProcessor() {
        return "BitImageProcessor";
    }

    @Override
    public String module(String name) {
        return Vit.renamed(name, LAYERS, FILES, LAYERS, MODULES);
    }

    @Override
    public String layer(String module) {
        return Vit.renamed(module, LAYERS, MODULES, LAYERS, FILES);
    }

    /** What stood for hidden patches in pretraining. */
    @Override
    public List<Tensor> carried(Transformer model) {
        return List.of(new Tensor(MASK_TOKEN, List.of(1L, (long) model.width()), false, Optional.of(MASK_TOKEN)));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        config.requireOff("use_swiglu_ffn", "gated feed-forward parts of DINOv2 are not supported");
        int width = config.integer("hidden_size", 768);
        double epsilon = config.number("layer_norm_eps", 1e-6);
        int heads = config.integer("num_attention_heads", 12);
        int inner = inner(config, width);
        boolean bias = config.flag("qkv_bias", true);
        Activation activation = config.meaning("hidden_act", "gelu", Activation::named);
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config);
        for (int i = 0; i < layers; i++) {
            String layer = LAYERS + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "attention.attention.query", width, width, bias),
                    new Linear(layer + "attention.attention.key", width, width, bias),
                    new Linear(layer + "attention.attention.value", width, width, bias),
                    new Linear(layer + "attention.output.dense", width, width, true),
                    heads,
                    heads,
                    false,
                    new Positions.None());
            FeedForward feedForward = FeedForward.plain(
                    new Linear(layer + "mlp.fc1", width, inner, true),
                    new Linear(layer + "mlp.fc2", inner, width, true),
                    activation);
            blocks.add(Block.normAround(
                    Bert.norm(layer + "norm1", width, epsilon),
                    attention,
                    Norm.scale(layer + "layer_scale1", width),
                    Bert.norm(layer + "norm2", width, epsilon),
                    feedForward,
                    Norm.scale(layer + "layer_scale2", width)));
        }
        Embeddings.Patches patches = Vit.patches(config, width, 14, List.of("cls_token"));
        return new Transformer(
                patches,
                blocks,
                Optional.of(Bert.norm("layernorm", width, epsilon)),
                new Head(Head.Row.FIRST_AND_MEAN, Optional.empty(), "classifier", true),
                Optional.empty(),
                patches.positions().rows());
    }

    private static int inner(JsonFields config, int width) throws IOException {
        double ratio = config.number("mlp_ratio", 4);
        if (!(ratio > 0 && ratio * width >= 1 && ratio * width <= Integer.MAX_VALUE)) {
            throw config.failure("mlp_ratio", "found " + ratio + ", expected a number above 0");
        }
        return (int) (width * ratio);
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType() + " heads " + config.integer("num_attention_heads", 12) + " epsilon "
                + config.number("layer_norm_eps", 1e-6) + " activation " + config.text("hidden_act", "gelu");
    }
}
