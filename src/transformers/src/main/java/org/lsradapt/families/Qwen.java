package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;

/**
 * Qwen 2 and 2.5 (arXiv 2407.10671, 2412.15115), which have biases of queries, keys and values, and Qwen 3 (arXiv
 * 2505.09388), which normalizes the heads of queries and keys. Layers may have a window.
 */
final class Qwen extends Decoder {
    private final boolean third;

    private Qwen(String modelType, String name, boolean third) {
        super(
                modelType,
                name,
                new Defaults(
                        OptionalInt.of(32),
                        third ? OptionalInt.of(128) : OptionalInt.empty(),
                        32_768,
                        OptionalInt.empty(),
                        1e-6,
                        false));
        this.third = third;
    }

    static Qwen qwen2() {
        return new Qwen("qwen2", "Qwen2", false);
    }

    static Qwen qwen3() {
        return new Qwen("qwen3", "Qwen3", true);
    }

    @Override
    public Optional<String> tokenizerClass() {
        return Optional.of("Qwen2Tokenizer");
    }

    @Override
    public boolean isTokenizerClassFixed() {
        return !third;
    }

    @Override
    List<Block> blocks(DecoderParts parts) throws IOException {
        boolean bias = third && parts.config().flag("attention_bias", false);
        Positions rotary = parts.rotary(10_000);
        List<Boolean> windows = windows(parts);
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < windows.size(); i++) {
            Attention attention = parts.attention(i, bias || !third, bias, rotary);
            if (third) {
                attention = attention.with(parts.headNorms(i));
            }
            if (windows.get(i)) {
                attention = attention.with(attention.scores().within(parts.reach(4096)));
            }
            blocks.add(Llama.block(parts, i, attention, false));
        }
        return blocks;
    }

    /** Returns which layers have a window; none without {@code use_sliding_window}. */
    private static List<Boolean> windows(DecoderParts parts) throws IOException {
        JsonFields config = parts.config();
        boolean none = !config.flag("use_sliding_window", false)
                || (config.has("sliding_window") && config.isAbsent("sliding_window"));
        List<Boolean> windows = parts.windows(none ? parts.layers() : config.integer("max_window_layers", 28));
        return none ? Collections.nCopies(windows.size(), false) : windows;
    }
}
