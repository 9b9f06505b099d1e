package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/**
 * DINOv2 (Oquab et al., arXiv 2304.07193): a vision transformer that scales its parts before it adds them. The
 * classifier reads the class token and the mean of the patches side by side. Images usually have another size than the
 * configured one, so positions are interpolated. Models with registers (Darcet et al., arXiv 2309.16588) have
 * additional tokens, which the classifier does not read, and another interpolation.
 */
final class Dinov2 extends VisionEncoder {
    private static final String GATED = "use_swiglu_ffn";

    /** An upper bound; no model has as many registers. */
    private static final int MOST_REGISTERS = 1000;

    private static final String MASK_TOKEN = "embeddings.mask_token";
    private static final EncoderLayers.Names LAYER = names("norm1", "mlp.fc1", "mlp.fc2", "norm2");

    private final boolean registers;

    private Dinov2(String modelType, String className, boolean registers) {
        super(modelType, className, LAYERS, new Renamed("mlp.weights_out", "mlp.down_proj"));
        this.registers = registers;
    }

    static Dinov2 dinov2() {
        return new Dinov2("dinov2", "Dinov2", false);
    }

    static Dinov2 withRegisters() {
        return new Dinov2("dinov2_with_registers", "Dinov2WithRegisters", true);
    }

    @Override
    public String imageProcessor() {
        return "BitImageProcessor";
    }

    /** Returns the embedding of hidden patches in pretraining. */
    @Override
    public List<Tensor> carried(Transformer model) {
        return List.of(new Tensor(MASK_TOKEN, List.of(1L, (long) model.width()), false, Optional.of(MASK_TOKEN)));
    }

    @Override
    public Transformer describe(JsonFields config) throws IOException {
        int width = config.integer("hidden_size", 768);
        int heads = config.integer("num_attention_heads", 12);
        boolean gated = config.flag(GATED, false);
        EncoderLayers layers = new EncoderLayers(
                LAYERS,
                LAYER,
                new EncoderLayers.Shape(Configs.layers(config), width, heads, width, inner(config, width)),
                config.number("layer_norm_eps", 1e-6),
                config.flag("qkv_bias", true),
                gated ? Activation.SILU : config.meaning("hidden_act", "gelu", Activation::named));
        List<Block> blocks = layers.blocks(i -> Block.normAround(
                layers.first(i),
                layers.attention(i, false),
                Norm.scale(layers.layer(i) + "layer_scale1", width),
                layers.second(i),
                gated ? gated(layers, i) : layers.feedForward(i),
                Norm.scale(layers.layer(i) + "layer_scale2", width)));
        return model(patches(config, width), layers, blocks, Head.Row.FIRST_AND_MEAN);
    }

    private Embeddings.Patches patches(JsonFields config, int width) throws IOException {
        Embeddings.Patches plain = patches(config, width, registers ? 16 : 14, List.of("cls_token"));
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
     * Returns the feed-forward part that is gated by SiLU, which is two thirds as wide, rounded up to a multiple of 8;
     * files have the two layers of the gate as one.
     */
    private static FeedForward gated(EncoderLayers layers, int index) {
        String mlp = layers.layer(index) + "mlp.";
        int width = layers.width();
        int gated = ((int) (layers.shape().inner() * 2.0 / 3) + 7) / 8 * 8;
        String whole = mlp + "weights_in";
        return FeedForward.gated(
                new Linear(mlp + "gate_proj", width, gated, true).within(whole, 0, 2 * gated),
                new Linear(mlp + "up_proj", width, gated, true).within(whole, gated, 2 * gated),
                new Linear(mlp + "weights_out", gated, width, true),
                layers.activation());
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
