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
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * ViT (Dosovitskiy et al., arXiv 2010.11929) and DeiT (Touvron et al., arXiv 2012.12877), which has a second special
 * token: patches of an image, normalizations before each part and after the last layer, and a classifier that reads the
 * class token.
 */
final class Vit implements Family {
    /** Layer names in files; {@link #MODULES} has the names of the modules in transformers since version 5. */
    private static final List<String> FILES = List.of(
            "attention.attention.query",
            "attention.attention.key",
            "attention.attention.value",
            "attention.output.dense",
            "intermediate.dense",
            "output.dense");

    private static final List<String> MODULES = List.of(
            "attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj", "mlp.fc1", "mlp.fc2");

    private final String modelType;
    private final String className;
    private final List<String> special;

    private Vit(String modelType, String className, List<String> special) {
        this.modelType = modelType;
        this.className = className;
        this.special = special;
    }

    static Vit vit() {
        return new Vit("vit", "ViT", List.of("cls_token"));
    }

    /** DeiT, whose distillation token its classifier does not read. */
    static Vit deit() {
        return new Vit("deit", "DeiT", List.of("cls_token", "distillation_token"));
    }

    @Override
    public String modelType() {
        return modelType;
    }

    @Override
    public String prefix() {
        return modelType + ".";
    }

    @Override
    public String sequenceClassifier() {
        return className + "ForImageClassification";
    }

    @Override
    public String baseClass() {
        return className + "Model";
    }

    @Override
    public String imageProcessor() {
        return className + "ImageProcessor";
    }

    @Override
    public String module(String name) {
        return renamed(name, "encoder.layer.", FILES, "layers.", MODULES);
    }

    @Override
    public String layer(String module) {
        return renamed(module, "layers.", MODULES, "encoder.layer.", FILES);
    }

    /** Translates a layer's name from one list of names to the other. */
    static String renamed(String name, String from, List<String> parts, String to, List<String> others) {
        for (int i = 0; i < parts.size() && name.startsWith(from); i++) {
            if (name.endsWith("." + parts.get(i))) {
                String number = name.substring(
                        from.length(), name.length() - parts.get(i).length());
                return to + number + others.get(i);
            }
        }
        return name;
    }

    /** Returns the pooler, which base models contain but the classifier does not use. */
    @Override
    public List<Linear> unused(Transformer model) {
        return List.of(new Linear("pooler.dense", model.width(), model.width(), true));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size");
        double epsilon = config.number("layer_norm_eps", 1e-12);
        int heads = config.integer("num_attention_heads");
        if (Configs.headSize(config, "head_dim") * heads != width) {
            throw config.failure("head_dim", "expected hidden_size divided by num_attention_heads");
        }
        int inner = config.integer("intermediate_size");
        boolean bias = config.flag("qkv_bias", true);
        Activation activation = config.meaning("hidden_act", "gelu", Activation::named);
        List<Block> blocks = new ArrayList<>();
        int layers = Configs.layers(config);
        for (int i = 0; i < layers; i++) {
            String layer = "encoder.layer." + i + ".";
            Attention attention = new Attention(
                    new Linear(layer + "attention.attention.query", width, width, bias),
                    new Linear(layer + "attention.attention.key", width, width, bias),
                    new Linear(layer + "attention.attention.value", width, width, bias),
                    new Linear(layer + "attention.output.dense", width, width, true),
                    heads,
                    heads,
                    false,
                    new Positions.None());
            blocks.add(Block.normBefore(
                    Bert.norm(layer + "layernorm_before", width, epsilon),
                    attention,
                    Bert.norm(layer + "layernorm_after", width, epsilon),
                    Bert.feedForward(layer, width, inner, activation)));
        }
        Embeddings.Patches patches = patches(config, width, 16, special);
        return new Transformer(
                patches,
                blocks,
                Optional.of(Bert.norm("layernorm", width, epsilon)),
                new Head(Head.Row.FIRST, Optional.empty(), "classifier", true),
                Optional.empty(),
                patches.positions().rows());
    }

    /** Returns the embeddings of patches after special tokens, each with a position. */
    static Embeddings.Patches patches(JsonFields config, int width, int usualPatch, List<String> special)
            throws IOException {
        int size = Configs.side(config, "image_size", 224);
        int patch = Configs.side(config, "patch_size", usualPatch);
        int channels = config.integer("num_channels", 3);
        Configs.requirePatches(config, size, patch, channels);
        int rows = special.size() + (size / patch) * (size / patch);
        return new Embeddings.Patches(
                new Linear("embeddings.patch_embeddings.projection", channels * patch * patch, width, true),
                special.stream()
                        .map(token -> new Table("embeddings." + token, 1, width, List.of(1L, 1L, (long) width)))
                        .toList(),
                new Table("embeddings.position_embeddings", rows, width, List.of(1L, (long) rows, (long) width)),
                channels,
                patch,
                size,
                Optional.empty());
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        return modelType + " heads " + config.integer("num_attention_heads") + " epsilon "
                + config.number("layer_norm_eps", 1e-12) + " activation " + config.text("hidden_act", "gelu");
    }
}
