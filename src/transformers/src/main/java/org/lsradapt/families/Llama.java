package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;

/**
 * LLaMA (Touvron et al., arXiv 2302.13971), versions 1 to 3, and models of its form such as SmolLM2: RMSNorm before
 * each part, rotary positions, grouped-query attention and a gated feed-forward part.
 */
final class Llama extends Decoder {
    private static final double THETA = 10_000;

    Llama() {
        super(
                "llama",
                "Llama",
                new Defaults(OptionalInt.empty(), OptionalInt.empty(), 2048, OptionalInt.empty(), 1e-6, false));
    }

    @Override
    List<Block> blocks(DecoderParts parts) throws IOException {
        boolean attentionBias = parts.config().flag("attention_bias", false);
        boolean innerBias = parts.config().flag("mlp_bias", false);
        Positions rotary = parts.rotary(THETA);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < parts.layers(); i++) {
            blocks.add(block(parts, i, parts.attention(i, attentionBias, attentionBias, rotary), innerBias));
        }
        return blocks;
    }

    /** Returns a layer with LLaMA's normalizations and feed-forward part. */
    static Block block(DecoderParts parts, int index, Attention attention, boolean innerBias) throws IOException {
        String layer = DecoderParts.layer(index);
        return Block.normBefore(
                parts.norm(layer + "input_layernorm"),
                attention,
                parts.norm(layer + "post_attention_layernorm"),
                parts.gated(index, innerBias));
    }

    @Override
    public String signature(JsonFields config) throws IOException {
        Positions.Rotary rotary = (Positions.Rotary) parts(config).rotary(THETA);
        return "llama heads " + config.integer("num_attention_heads") + " epsilon "
                + config.number("rms_norm_eps", 1e-6) + " activation " + config.text("hidden_act", "silu")
                + " frequencies " + Arrays.toString(rotary.frequencies())
                + (rotary.factor() == 1 ? "" : " times " + rotary.factor());
    }
}
