package org.lsradapt.adapters;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.lsradapt.families.Family;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * An adapter with random numbers and a head on a random model of three layers and width 12. DeBERTa's has no pooler, as
 * base models of that family, so that the head has one.
 */
public final class TinyAdapter implements AutoCloseable {

    public static final String FINGERPRINT = "0123abcd";
    public static final Backend BACKEND = Backends.standard();

    public final Family family;
    public final TransformerWeights encoder;
    public final AdapterSet adapters;
    public final SequenceHead head;
    public final AdapterCard card;

    /** With the given configuration, or with the head alone if it is null. */
    TinyAdapter(SmallModel family, LsrConfig config, DataType type, TaskDescription task) throws IOException {
        this(family, type, task, config == null ? null : layer -> config);
    }

    /** With a configuration per layer, or with the head alone if the function is null. */
    public TinyAdapter(SmallModel model, DataType type, TaskDescription task, Function<FrozenLinear, LsrConfig> configs)
            throws IOException {
        family = model.family();
        encoder = model.weights(type, model != SmallModel.DEBERTA);
        adapters = configs == null
                ? null
                : AdapterSet.create(selector(model).select(encoder.linearLayers()), configs, BACKEND);
        head = head(family, encoder, task, 3);
        randomize(head.values(), 5);
        if (adapters != null) {
            randomize(adapters.values(), 4);
        }
        card = new AdapterCard("tiny", family.modelType(), FINGERPRINT, task, 16);
    }

    /** The head that a model of a family has for a task. */
    public static SequenceHead head(Family family, TransformerWeights weights, TaskDescription task, long seed) {
        return new SequenceHead(weights, task.head(family, weights.model()), task.outputs(), seed);
    }

    public static TinyAdapter lsr() throws IOException {
        LsrConfig config =
                LsrConfig.builder().separationRank(3).termWeights(true).seed(8).build();
        return new TinyAdapter(SmallModel.BERT, config, DataType.FLOAT, threeClasses());
    }

    /** Adapters of different ranks, scalings and numbers of factors. */
    public static TinyAdapter mixed(SmallModel family) throws IOException {
        LsrConfig lsr =
                LsrConfig.builder().separationRank(3).termWeights(true).seed(8).build();
        return new TinyAdapter(family, DataType.FLOAT, threeClasses(), layer -> {
            if (layer.name().endsWith("query")) {
                return layer.name().contains(".1.") ? lsr.withPlainTerms(2).withSeed(3) : lsr;
            }
            return layer.name().contains(".2.")
                    ? LsrConfig.builder()
                            .bottleneckRank(6)
                            .factorCount(3)
                            .separationRank(2)
                            .alpha(0.5)
                            .seed(42)
                            .build()
                    : LsrConfig.lora(5, 20).withSeed(42);
        });
    }

    static TaskDescription threeClasses() {
        return new ClassificationDescription("colours", List.of("red", "green", "blue"), true);
    }

    static LayerSelector selector(SmallModel family) {
        return LayerSelector.suffixes(
                switch (family) {
                    case BERT, ROBERTA -> List.of("query", "intermediate.dense");
                    case DEBERTA -> List.of("query_proj", "intermediate.dense");
                    case LLAMA, QWEN3, PHI3, GEMMA2 -> List.of("q_proj", "up_proj");
                });
    }

    static void randomize(INDArray values, long seed) {
        values.assign(RandomArrays.normal(new Random(seed), values.dataType(), values.length()));
    }

    public void save(Path folder) throws IOException {
        if (adapters == null) {
            AdapterFolder.save(folder, card, head);
        } else {
            AdapterFolder.save(folder, card, adapters, head);
        }
    }

    /** Two sequences that the encoder can read. */
    public List<TokenSequence> sequences() {
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
