package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;

/** SmolLM3: LLaMA's layers, some without positions; they may have a window. */
final class SmolLm3 extends Decoder {
    private static final String NO_ROPE = "no_rope_layers";
    private static final String INTERVAL = "no_rope_layer_interval";

    SmolLm3() {
        super(
                "smollm3",
                "SmolLM3",
                new Defaults(OptionalInt.of(4), OptionalInt.empty(), 32_768, OptionalInt.of(128_004), 1e-6, true));
    }

    @Override
    List<Block> blocks(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        boolean attentionBias = config.flag("attention_bias", false);
        boolean innerBias = config.flag("mlp_bias", false);
        Positions rotary = parts.rotary(2_000_000);
        List<Boolean> rotates = rotates(parts);
        boolean window = config.flag("use_sliding_window", false) && !config.isAbsent("sliding_window");
        List<Boolean> types = config.isAbsent("layer_types") ? List.of() : parts.windows(0);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < parts.layers(); i++) {
            Attention attention =
                    parts.attention(i, attentionBias, attentionBias, rotates.get(i) ? rotary : new Positions.None());
            if (window && (types.isEmpty() ? !rotates.get(i) : types.get(i))) {
                attention = attention.with(attention.scores().within(parts.reach(1)));
            }
            blocks.add(Llama.block(parts, i, attention, innerBias));
        }
        return blocks;
    }

    /** Returns which layers have rotary positions: those listed in the file, or all except every n-th. */
    private static List<Boolean> rotates(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        int layers = parts.layers();
        List<Boolean> rotates = new ArrayList<>();
        if (config.isAbsent(NO_ROPE)) {
            int interval = config.integer(INTERVAL, 4);
            if (interval < 1) {
                throw config.failure(INTERVAL, "found " + interval + ", expected 1 or more");
            }
            for (int i = 0; i < layers; i++) {
                rotates.add((i + 1) % interval != 0);
            }
            return rotates;
        }
        for (int value : config.integers(NO_ROPE)) {
            rotates.add(value != 0);
        }
        if (rotates.size() < layers) {
            throw config.failure(NO_ROPE, "has " + rotates.size() + " layers, num_hidden_layers says " + layers);
        }
        return rotates;
    }
}
