package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;

/**
 * Phi-3 and models of its form (arXiv 2404.14219): LLaMA's layers; files have queries, keys and values in one tensor
 * and gate and up in another. Rotary positions may apply to a part of a head, and long texts may have other angles.
 */
final class Phi3 extends Decoder {

    Phi3() {
        super(
                "phi3",
                "Phi3",
                new Defaults(OptionalInt.empty(), OptionalInt.empty(), 4096, OptionalInt.of(32_000), 1e-5, false));
    }

    @Override
    public boolean isTokenizerClassFixed() {
        return true;
    }

    @Override
    public boolean fuses() {
        return true;
    }

    @Override
    List<Block> blocks(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        Positions rotary = parts.rotaryOfPart(10_000, 4096);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < parts.layers(); i++) {
            Attention attention = parts.fusedAttention(i, rotary);
            if (!config.isAbsent("sliding_window")) {
                attention = attention.with(attention.scores().within(parts.reach(1)));
            }
            String layer = DecoderParts.layer(i);
            blocks.add(Block.normBefore(
                    parts.norm(layer + "input_layernorm"),
                    attention,
                    parts.norm(layer + "post_attention_layernorm"),
                    parts.fusedGated(i)));
        }
        return blocks;
    }
}
