package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;

/**
 * MPNet (Song et al., arXiv 2004.09297): RoBERTa with a bias of distances on the scores and without token types. The
 * padding token is always 1, and there are always 32 buckets of distances up to 128, whatever the configuration says.
 */
final class MpNet extends Roberta {
    private static final int BUCKETS = 32;
    private static final int FURTHEST = 128;

    private static final EncoderLayers.Names LAYER = new EncoderLayers.Names(
            "attention.attn.q",
            "attention.attn.k",
            "attention.attn.v",
            "attention.attn.o",
            "attention.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    MpNet() {
        super("mpnet", "MPNet");
    }

    @Override
    public String prefix() {
        return "mpnet.";
    }

    @Override
    EncoderLayers layers(JsonFields config) throws IOException {
        return layers(config, LAYER, EncoderLayers.Shape.divided(config, "attention_head_size"));
    }

    @Override
    List<Block> blocks(JsonFields config, EncoderLayers layers) throws IOException {
        int buckets = config.integer("relative_attention_num_buckets", BUCKETS);
        if (buckets < BUCKETS) {
            throw config.failure("relative_attention_num_buckets", "found " + buckets + ", expected " + BUCKETS);
        }
        Table bias = new Table(
                "encoder.relative_attention_bias.weight",
                buckets,
                layers.shape().heads());
        Positions positions = new Positions.Bucketed(bias, BUCKETS, FURTHEST);
        return layers.normBehind(attention -> attention.with(positions));
    }

    @Override
    OptionalInt padding(JsonFields config) {
        return OptionalInt.of(PAD_TOKEN);
    }

    @Override
    Optional<Table> types(JsonFields config, int width) {
        return Optional.empty();
    }
}
