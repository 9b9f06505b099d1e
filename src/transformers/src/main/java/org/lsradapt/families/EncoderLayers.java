package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.FeedForward;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;

/**
 * The layers of encoders and of towers: attention and a plain feed-forward part, under a family's names.
 *
 * @param prefix prefix of the names of all layers, such as {@code encoder.layer.}
 * @param inputBias whether queries, keys and values have a bias
 */
record EncoderLayers(
        String prefix, Names names, Shape shape, double epsilon, boolean inputBias, Activation activation) {

    /**
     * The names of a layer's parts after its number.
     *
     * @param first the normalization of the attention part, before or after it
     */
    record Names(
            String query,
            String key,
            String value,
            String output,
            String first,
            String up,
            String down,
            String second) {}

    /**
     * The number of layers and their sizes.
     *
     * @param inner width inside the feed-forward part
     */
    record Shape(int layers, int width, int heads, int projected, int inner) {

        /** Reads the usual fields; the last argument is the name of the field with the width of a head. */
        static Shape of(JsonFields config, String headSize) throws IOException {
            int heads = config.integer("num_attention_heads");
            return new Shape(
                    Configs.layers(config),
                    config.integer("hidden_size"),
                    heads,
                    heads * Configs.headSize(config, headSize),
                    config.integer("intermediate_size"));
        }

        /** Reads the usual fields of a model whose heads are together as wide as its hidden states. */
        static Shape divided(JsonFields config, String headSize) throws IOException {
            Shape shape = of(config, headSize);
            if (shape.projected != shape.width) {
                throw config.failure(headSize, "expected hidden_size divided by num_attention_heads");
            }
            return shape;
        }
    }

    static Norm norm(String name, int width, double epsilon) {
        return new Norm(name, Norm.Kind.LAYER, width, epsilon);
    }

    int width() {
        return shape.width;
    }

    String layer(int index) {
        return prefix + index + ".";
    }

    Norm first(int index) {
        return norm(layer(index) + names.first, shape.width, epsilon);
    }

    Norm second(int index) {
        return norm(layer(index) + names.second, shape.width, epsilon);
    }

    /** Returns attention that does not use positions. */
    Attention attention(int index, boolean causal) {
        String layer = layer(index);
        return new Attention(
                new Linear(layer + names.query, shape.width, shape.projected, inputBias),
                new Linear(layer + names.key, shape.width, shape.projected, inputBias),
                new Linear(layer + names.value, shape.width, shape.projected, inputBias),
                new Linear(layer + names.output, shape.projected, shape.width, true),
                shape.heads,
                shape.heads,
                causal,
                new Positions.None());
    }

    FeedForward feedForward(int index) {
        return FeedForward.plain(
                new Linear(layer(index) + names.up, shape.width, shape.inner, true),
                new Linear(layer(index) + names.down, shape.inner, shape.width, true),
                activation);
    }

    /** Returns layers with normalizations after the parts, as in BERT, after a change of their attention. */
    List<Block> normBehind(UnaryOperator<Attention> change) {
        return blocks(i -> Block.normBehind(change.apply(attention(i, false)), first(i), feedForward(i), second(i)));
    }

    List<Block> normBefore(boolean causal) {
        return blocks(i -> Block.normBefore(first(i), attention(i, causal), second(i), feedForward(i)));
    }

    List<Block> blocks(IntFunction<Block> block) {
        List<Block> blocks = new ArrayList<>();
        for (int i = 0; i < shape.layers; i++) {
            blocks.add(block.apply(i));
        }
        return blocks;
    }
}
