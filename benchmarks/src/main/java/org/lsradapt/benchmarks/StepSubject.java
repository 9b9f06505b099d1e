package org.lsradapt.benchmarks;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.DualTowers;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.factory.Nd4j;

/** A model with adapters on query and value projections, and a random batch that it is trained on. */
final class StepSubject implements AutoCloseable {
    static final String QUERY_AND_VALUE = ".*\\.(query|value|query_proj|value_proj|q_proj|v_proj)";
    private static final int IMAGE_CLASSES = 10;
    private static final double CLIP_TEMPERATURE = 0.07;

    /** The last made first. */
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();

    private final Random source = new Random(1);
    private final Backend backend;
    private final LsrConfig config;
    private final AdaptedModel model;
    private final List<? extends ModelInput> inputs;
    private final List<Target> targets;

    /**
     * Makes the model and its batch.
     *
     * @param name a model that can be loaded, or one of {@link RandomModel}
     * @param layers as {@link RandomModel#of} takes it
     * @param precision how weights are kept
     * @param config of the adapters
     * @param batch texts, images, or pairs of both
     * @param tokens of a text
     * @param backend the matrix products
     */
    StepSubject(
            String name, int layers, BasePrecision precision, LsrConfig config, int batch, int tokens, Backend backend)
            throws IOException {
        this.backend = backend;
        this.config = config;
        if (RandomModel.hasTowers(name)) {
            DualTowers towers = RandomModel.towers(name, precision);
            keep(towers.texts());
            keep(towers.images());
            inputs = IntStream.range(0, batch)
                    .boxed()
                    .flatMap(b -> Stream.of(image(towers.images(), b), text(tokens)))
                    .toList();
            targets = IntStream.range(0, batch)
                    .boxed()
                    .flatMap(b -> Stream.<Target>of(Target.Role.ANCHOR, Target.Role.POSITIVE))
                    .toList();
            model = keep(new AdaptedModel(
                    towers,
                    adapters(towers.linearLayers()),
                    new EmbeddingObjective(towers, true, EmbeddingLoss.symmetricContrast(CLIP_TEMPERATURE), backend),
                    backend));
            return;
        }
        TransformerWeights weights = keep(weights(name, layers, precision));
        boolean images = weights.model().patches().isPresent();
        int classes = images ? IMAGE_CLASSES : 2;
        inputs = IntStream.range(0, batch)
                .mapToObj(b -> images ? image(weights, b) : text(tokens))
                .toList();
        targets = Target.categories(
                IntStream.range(0, batch).map(b -> source.nextInt(classes)).toArray());
        AdapterSet adapters = adapters(weights.linearLayers());
        model = keep(new AdaptedModel(
                weights,
                adapters,
                weights.model().isCausal()
                        ? new NextTokenObjective(weights, backend)
                        : SequenceObjective.of(
                                keep(new SequenceHead(weights, classes, 1)), Loss.CROSS_ENTROPY, backend),
                backend));
    }

    /** Makes a model that can be loaded, or one of {@link RandomModel}; for the layers see {@link RandomModel#of}. */
    static TransformerWeights weights(String name, int layers, BasePrecision precision) throws IOException {
        return RandomModel.isKnown(name) ? RandomModel.of(name, layers, precision) : Measure.encoder(name, precision);
    }

    /** Makes adapters of the query and value projections, whose numbers are random. */
    static AdapterSet adapters(TransformerWeights weights, LsrConfig config, Backend backend, long seed) {
        AdapterSet adapters = AdapterSet.create(
                LayerSelector.suffixes(List.of("query", "value")).select(weights.linearLayers()), config, backend);
        Nd4j.getRandom().setSeed(seed);
        adapters.values()
                .assign(Nd4j.randn(weights.dataType(), adapters.parameterCount())
                        .muli(0.1));
        return adapters;
    }

    /** Draws texts of random words. */
    static List<TokenSequence> texts(int count, int tokens, Random source) {
        return IntStream.range(0, count)
                .mapToObj(
                        i -> new TokenSequence(source.ints(tokens, 1000, 30_000).toArray(), new int[tokens]))
                .toList();
    }

    AdaptedModel model() {
        return model;
    }

    /** One step's sequences. */
    List<? extends ModelInput> inputs() {
        return inputs;
    }

    /** Their targets. */
    List<Target> targets() {
        return targets;
    }

    private AdapterSet adapters(List<FrozenLinear> layers) {
        return keep(AdapterSet.create(LayerSelector.regex(QUERY_AND_VALUE).select(layers), config, backend));
    }

    private TokenSequence text(int tokens) {
        int[] ids = IntStream.generate(() -> 1000 + source.nextInt(29_000))
                .limit(tokens)
                .toArray();
        return new TokenSequence(ids, new int[tokens]);
    }

    /** Decoded, so that no step waits for it. */
    private ImageInput image(TransformerWeights weights, int index) {
        Embeddings.Patches patches = weights.model().patches().orElseThrow();
        int side = patches.imageSize();
        float[] pixels = new float[patches.channels() * side * side];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) source.nextGaussian();
        }
        return new ImageInput("image " + index, side, side, patches, () -> pixels);
    }

    private <T extends AutoCloseable> T keep(T part) {
        parts.push(part);
        return part;
    }

    @Override
    public void close() {
        try {
            while (!parts.isEmpty()) {
                parts.pop().close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
