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
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * DINOv2 (Oquab et al., arXiv 2304.07193): a vision transformer that scales its parts before it adds them. The
 * classifier reads the class token and the mean of the patches side by side. Images usually have another size than the
 * configured one, so positions are interpolated. Models with registers (Darcet et al., arXiv 2309.16588) have
 * additional tokens, which the classifier does not read, and another interpolation.
 */
final class Dinov2 implements Family {
    private static final String LAYERS = "encoder.layer.";
    private static final String GATED = "use_swiglu_ffn";

    /** An upper bound; no model has as many registers. */
    private static final int MOST_REGISTERS = 1000;

    private static final String MASK_TOKEN = "embeddings.mask_token";

    /** Layer names in files; {@link #MODULES} has the names of the modules in transformers since version 5. */
    private static final List<String> FILES = List.of(
            "attention.attention.query",
            "attention.attention.key",
            "attention.attention.value",
            "attention.output.dense",
            "mlp.weights_out");

    private static final List<String> MODULES =
            List.of("attention.q_proj", "attention.k_proj", "attention.v_proj", "attention.o_proj", "mlp.down_proj");

    private final String modelType;
    private final String className;
    private final boolean registers;

    private Dinov2(String modelType, String className, boolean registers) {
        this.modelType = modelType;
        this.className = className;
        this.registers = registers;
    }

    /** Returns the family without registers. */
    static Dinov2 dinov2() {
        return new Dinov2("dinov2", "Dinov2", false);
    }

    /** Returns the family with registers. */
    static Dinov2 withRegisters() {
        return new Dinov2("dinov2_with_registers", "Dinov2WithRegisters", true);
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

    /** Returns the embedding of hidden patches in pretraining. */
    @Override
    public List<Tensor> carried(Transformer model) {
        return List.of(new Tensor(MASK_TOKEN, List.of(1L, (long) model.width()), false, Optional.of(MASK_TOKEN)));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size", 768);
        double epsilon = config.number("layer_norm_eps", 1e-6);
        int heads = config.integer("num_attention_heads", 12);
        boolean bias = config.flag("qkv_bias", true);
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
            blocks.add(Block.normAround(
                    Bert.norm(layer + "norm1", width, epsilon),
                    attention,
                    Norm.scale(layer + "layer_scale1", width),
                    Bert.norm(layer + "norm2", width, epsilon),
                    feedForward(config, layer + "mlp.", width),
                    Norm.scale(layer + "layer_scale2", width)));
        }
        Embeddings.Patches patches = patches(config, width);
        return new Transformer(
                patches,
                blocks,
                Optional.of(Bert.norm("layernorm", width, epsilon)),
                new Head(Head.Row.FIRST_AND_MEAN, Optional.empty(), "classifier", true),
                Optional.empty(),
                patches.positions().rows());
    }

    private Embeddings.Patches patches(JsonFields config, int width) throws IOException {
        Embeddings.Patches plain = Vit.patches(config, width, registers ? 16 : 14, List.of("cls_token"));
        if (!registers) {
            return plain;
        }
        int count = config.integer("num_register_tokens", 4);
        if (count < 1 || count > MOST_REGISTERS) {
            throw config.failure("num_register_tokens", "found " + count + ", expected 1 to " + MOST_REGISTERS);
        }
        return new Embeddings.Patches(
                plain.patch(),
                plain.special(),
                Optional.of(
                        new Table("embeddings.register_tokens", count, width, List.of(1L, (long) count, (long) width))),
                plain.positions(),
                plain.channels(),
                plain.patchSize(),
                plain.imageSize(),
                plain.norm(),
                Embeddings.Patches.Interpolation.ANTIALIASED);
    }

    /**
     * Returns the plain part, or the one gated by SiLU, which is two thirds as wide, rounded up to a multiple of 8;
     * files have the two layers of the gate as one.
     */
    private static FeedForward feedForward(JsonFields config, String mlp, int width) throws IOException {
        int inner = inner(config, width);
        if (!config.flag(GATED, false)) {
            return FeedForward.plain(
                    new Linear(mlp + "fc1", width, inner, true),
                    new Linear(mlp + "fc2", inner, width, true),
                    config.meaning("hidden_act", "gelu", Activation::named));
        }
        int gated = ((int) (inner * 2.0 / 3) + 7) / 8 * 8;
        String whole = mlp + "weights_in";
        return FeedForward.gated(
                new Linear(mlp + "gate_proj", width, gated, true).within(whole, 0, 2 * gated),
                new Linear(mlp + "up_proj", width, gated, true).within(whole, gated, 2 * gated),
                new Linear(mlp + "weights_out", gated, width, true),
                Activation.SILU);
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
        String activation = config.flag(GATED, false) ? "gated" : config.text("hidden_act", "gelu");
        return modelType() + " heads " + config.integer("num_attention_heads", 12) + " epsilon "
                + config.number("layer_norm_eps", 1e-6) + " activation " + activation;
    }
}
