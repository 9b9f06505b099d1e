package org.lsradapt.cuda.internal.pass;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.lsradapt.cuda.internal.kernels.PackedAttention;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.AttentionPooling;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

final class Supported {

    private Supported() {}

    /** Checks a model and its adapters; throws a one-line message if the device cannot compute a part. */
    static void require(TransformerWeights weights, Optional<AdapterSet> adapters) {
        Transformer model = weights.model();
        refuse(weights.dataType() != DataType.FLOAT, "weights of type " + weights.dataType());
        Stream.concat(
                        model.blocks().stream().map(Block::attention),
                        model.pooling().stream().map(AttentionPooling::attention))
                .mapToInt(Attention::headSize)
                .forEach(size -> refuse(
                        size > PackedAttention.MOST_SIZE,
                        "heads of more than " + PackedAttention.MOST_SIZE + " numbers, found " + size + ","));
        Set<String> layers = new HashSet<>();
        model.encoderLinears().forEach(linear -> layers.add(linear.name()));
        model.pooling().map(AttentionPooling::feedForward).ifPresent(part -> {
            part.gate().ifPresent(gate -> layers.add(gate.name()));
            layers.add(part.up().name());
            layers.add(part.down().name());
        });
        for (LayerAdapter adapter : adapters.map(AdapterSet::adapters).orElse(List.of())) {
            refuse(
                    layers.contains(adapter.name()) && !(adapter instanceof LsrAdapter),
                    "adapters of kind '" + adapter.config().kind() + "'");
        }
    }

    private static void refuse(boolean found, String what) {
        if (found) {
            throw new IllegalArgumentException("the GPU computes no " + what + " yet; use the CPU");
        }
    }
}
