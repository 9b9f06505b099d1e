package org.lsradapt.cuda.internal.pass;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.lsradapt.cuda.internal.AttentionKernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;

/** What of a model can be computed on a device. */
final class Supported {

    private Supported() {}

    /**
     * Checks a model and its adapters.
     *
     * @throws IllegalArgumentException in one line, if there is a part that cannot
     */
    static void require(TransformerWeights weights, Optional<AdapterSet> adapters) {
        Transformer model = weights.model();
        refuse(weights.dataType() != DataType.FLOAT, "weights of type " + weights.dataType() + ", expected FLOAT");
        refuse(model.pooling().isPresent(), "a pooling by attention (SigLIP)");
        for (Block block : model.blocks()) {
            Attention attention = block.attention();
            refuse(attention.positions() instanceof Positions.Disentangled, "disentangled positions (DeBERTa)");
            refuse(
                    attention.headSize() > AttentionKernels.MOST_SIZE,
                    "heads of " + attention.headSize() + " numbers, expected up to " + AttentionKernels.MOST_SIZE);
        }
        for (Norm norm : model.norms()) {
            refuse(norm.kind() == Norm.Kind.SCALE, "layer scales (DINOv2)");
        }
        Set<String> layers = model.encoderLinears().stream().map(Linear::name).collect(Collectors.toSet());
        for (LayerAdapter adapter : adapters.map(AdapterSet::adapters).orElse(List.of())) {
            refuse(
                    layers.contains(adapter.name()) && !(adapter instanceof LsrAdapter),
                    "adapters of kind '" + adapter.config().kind() + "', expected 'lsr'");
        }
    }

    private static void refuse(boolean found, String what) {
        if (found) {
            throw new IllegalArgumentException(
                    "the GPU computes no " + what + " yet; train on the CPU, or choose another model");
        }
    }
}
