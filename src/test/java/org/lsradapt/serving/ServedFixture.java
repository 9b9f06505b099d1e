package org.lsradapt.serving;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.encoder.EncoderPass;
import org.lsradapt.encoder.EncoderWeights;
import org.lsradapt.encoder.RandomWeights;
import org.lsradapt.encoder.SequenceHead;
import org.lsradapt.encoder.TokenBatch;
import org.lsradapt.encoder.TokenSequence;
import org.lsradapt.encoder.WeightSource;
import org.lsradapt.encoder.kernels.Kernels;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A random encoder wide enough for the edges of matrix kernels to matter, with random adapters of several kinds. */
final class ServedFixture {
    static final Backend BACKEND = Backends.standard();
    static final String QUERY_VALUE = ".*self\\.(query|value)";
    static final String ALL = "encoder\\..*";

    final EncoderConfig config;
    final EncoderWeights encoder;

    ServedFixture(EncoderConfig.Family family, DataType type) {
        boolean roberta = family == EncoderConfig.Family.ROBERTA;
        config = new EncoderConfig(family, 3, 44, 4, 76, 97, 40, roberta ? 1 : 2, 1e-5, roberta ? 1 : 0);
        encoder = weights(new RandomWeights(config, true), type);
    }

    EncoderWeights weights(WeightSource source, DataType type) {
        try {
            return new EncoderWeights(config, source, type);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LsrConfig lsr(int r, int s, boolean termWeights) {
        return LsrConfig.builder().bottleneckRank(r).separationRank(s).termWeights(termWeights).alpha(0.4).build();
    }

    AdapterSet adapters(String layers, LsrConfig shape, long seed) {
        AdapterSet set = AdapterSet.create(LayerSelector.regex(layers).select(encoder.linearLayers()), shape, BACKEND);
        set.values()
                .assign(RandomArrays.normal(new Random(seed), encoder.dataType(), set.parameterCount()).muli(0.5));
        return set;
    }

    SequenceHead head(int outputs, long seed) {
        SequenceHead head = new SequenceHead(encoder, outputs, BACKEND, seed);
        head.values().assign(RandomArrays.normal(new Random(seed), encoder.dataType(), head.values().length()));
        return head;
    }

    List<TokenSequence> sequences(long seed, int... lengths) {
        Random random = new Random(seed);
        return IntStream.of(lengths)
                .mapToObj(n -> new TokenSequence(
                        random.ints(n, 0, config.vocabulary()).toArray(), random.ints(n, 0, config.tokenTypes()).toArray()))
                .toList();
    }

    /** What an encoder gives without any adapter. */
    static INDArray plainFeatures(EncoderWeights weights, List<TokenSequence> sequences) {
        try (EncoderPass pass = new EncoderPass(
                weights,
                null,
                BACKEND,
                Kernels.standard(BACKEND, weights.dataType()),
                EncoderPass.Output.FIRST_TOKENS,
                false)) {
            return pass.forward(TokenBatch.of(sequences, weights.config())).dup('c');
        }
    }
}
