package org.lsradapt.serving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.RandomWeights;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.WeightSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A random encoder wide enough for the edges of matrix kernels to matter, with random adapters of several kinds. */
final class ServedFixture {
    static final Backend BACKEND = Backends.standard();
    static final String QUERY_VALUE = ".*(self|self_attn)\\.(query|value|query_proj|value_proj|q_proj|v_proj)";
    static final String ALL = "(encoder|layers)\\..*";

    final Transformer model;
    final TransformerWeights encoder;

    ServedFixture(SmallModel family, DataType type) {
        model = family.model(44, 4, 76, 97, 40);
        encoder = weights(new RandomWeights(model, true), type);
    }

    TransformerWeights weights(WeightSource source, DataType type) {
        try {
            return new TransformerWeights(model, source, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LsrConfig lsr(int r, int s, boolean termWeights) {
        return LsrConfig.builder()
                .bottleneckRank(r)
                .separationRank(s)
                .termWeights(termWeights)
                .alpha(0.4)
                .build();
    }

    AdapterSet adapters(String layers, LsrConfig shape, long seed) {
        AdapterSet set = AdapterSet.create(LayerSelector.regex(layers).select(encoder.linearLayers()), shape, BACKEND);
        set.values()
                .assign(RandomArrays.normal(new Random(seed), encoder.dataType(), set.parameterCount())
                        .muli(0.5));
        return set;
    }

    SequenceHead head(int outputs, long seed) {
        SequenceHead head = new SequenceHead(encoder, outputs, seed);
        head.values()
                .assign(RandomArrays.normal(
                        new Random(seed), encoder.dataType(), head.values().length()));
        return head;
    }

    List<TokenSequence> sequences(long seed, int... lengths) {
        Random random = new Random(seed);
        return IntStream.of(lengths)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, model.vocabulary()).toArray(),
                        random.ints(n, 0, model.tokenTypes()).toArray()))
                .toList();
    }

    /** What an encoder gives without any adapter. */
    static INDArray plainFeatures(TransformerWeights weights, List<TokenSequence> sequences) {
        Rows rows = Rows.of(weights.model().head().row());
        try (TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
            return pass.forward(TokenBatch.of(sequences, weights.model(), rows)).dup('c');
        }
    }
}
