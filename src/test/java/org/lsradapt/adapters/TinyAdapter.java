package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.lsradapt.encoder.EncoderConfig;
import org.lsradapt.encoder.EncoderWeights;
import org.lsradapt.encoder.RandomWeights;
import org.lsradapt.encoder.SequenceHead;
import org.lsradapt.encoder.TokenSequence;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** An adapter with random numbers on a random encoder of three layers and width 12. */
final class TinyAdapter implements AutoCloseable {

    static final String FINGERPRINT = "0123abcd";
    static final Backend BACKEND = Backends.standard();

    final EncoderWeights encoder;
    final AdapterSet adapters;
    final SequenceHead head;
    final AdapterCard card;

    /** With the given configuration, or with the head alone if it is null. */
    TinyAdapter(EncoderConfig.Family family, LsrConfig config, DataType type, TaskDescription task)
            throws IOException {
        EncoderConfig sizes = RandomWeights.small(family);
        encoder = new EncoderWeights(sizes, new RandomWeights(sizes, true), type);
        adapters = config == null
                ? null
                : AdapterSet.create(
                        LayerSelector.suffixes(List.of("query", "intermediate.dense")).select(encoder.linearLayers()),
                        config,
                        BACKEND);
        head = new SequenceHead(encoder, task.outputs(), BACKEND, 3);
        randomize(head.values(), 5);
        if (adapters != null) {
            randomize(adapters.values(), 4);
        }
        card = new AdapterCard("tiny", FINGERPRINT, task, 16);
    }

    static TinyAdapter lsr() throws IOException {
        LsrConfig config = LsrConfig.builder().separationRank(3).termWeights(true).seed(8).build();
        return new TinyAdapter(EncoderConfig.Family.BERT, config, DataType.FLOAT, threeClasses());
    }

    static TaskDescription threeClasses() {
        return new TaskDescription("colours", List.of("red", "green", "blue"), true);
    }

    private static void randomize(INDArray values, long seed) {
        values.assign(RandomArrays.normal(new Random(seed), values.dataType(), values.length()));
    }

    void save(Path folder) throws IOException {
        AdapterFolder.save(folder, card, adapters, head);
    }

    /** Two sequences that the encoder can read. */
    List<TokenSequence> sequences() {
        return List.of(
                new TokenSequence(new int[] {2, 30, 4}, new int[3]),
                new TokenSequence(new int[] {7, 1, 9, 12, 3}, new int[5]));
    }

    @Override
    public void close() {
        head.close();
        if (adapters != null) {
            adapters.close();
        }
        encoder.close();
    }
}
