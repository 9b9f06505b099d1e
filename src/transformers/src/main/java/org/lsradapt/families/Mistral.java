package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;

/** Mistral (Jiang et al., arXiv 2310.06825): LLaMA's layers, with a window if the configuration has one. */
final class Mistral extends Decoder {

    Mistral() {
        super(
                "mistral",
                "Mistral",
                new Defaults(OptionalInt.of(8), OptionalInt.empty(), 131_072, OptionalInt.empty(), 1e-6, false));
    }

    @Override
    public boolean isTokenizerClassFixed() {
        return true;
    }

    @Override
    List<Block> blocks(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        boolean window = !config.has("sliding_window") || !config.isAbsent("sliding_window");
        Positions rotary = parts.rotary(10_000);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < parts.layers(); i++) {
            Attention attention = parts.attention(i, false, false, rotary);
            if (window) {
                attention = attention.with(attention.scores().within(parts.reach(4096)));
            }
            blocks.add(Llama.block(parts, i, attention, false));
        }
        return blocks;
    }
}
