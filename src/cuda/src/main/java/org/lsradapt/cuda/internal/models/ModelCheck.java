package org.lsradapt.cuda.internal.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Finding;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.InferencePass;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Compares a training step of a small model (loss, gradients and outputs) and predictions between given passes and those of
 * this process. The latter compute with the same weights in FLOAT if the model stores them in another type.
 */
public final class ModelCheck {
    private static final double DROPOUT = 0.25;
    private static final int CLASSES = 3;

    private final Backend backend = Backends.standard();
    private final PassFactory passes;

    /** Sets up a check of these passes. */
    public ModelCheck(PassFactory passes) {
        this.passes = passes;
    }

    /** Checks a step of each small model on a device, which it closes; one that fails does not stop the next. */
    public static void steps(Device device, Precision precision, double tolerance, Consumer<Finding> found) {
        try (Engine engine = new Engine(device, precision)) {
            ModelCheck check = new ModelCheck(engine);
            SmallModel.all().forEach(small -> found.accept(check.found(small, precision, tolerance)));
        }
    }

    private Finding found(SmallModel small, Precision precision, double tolerance) {
        String name = small.name() + " in " + precision;
        long start = System.nanoTime();
        Finding finding;
        try {
            finding = step(small, name, tolerance);
        } catch (RuntimeException e) {
            finding = new Finding(name + ", " + e.getMessage(), Double.NaN, tolerance, true, 0, "none", 0);
        }
        return finding.took((System.nanoTime() - start) / 1e6);
    }

    /**
     * Compares a step of classification or, in a causal model, of next-token prediction, in two parts, with LSR adapters of
     * all layers after dropout. The checked passes take the step twice, the second time with checkpointing.
     *
     * @param tolerance the largest allowed error, relative to the largest number of each array
     */
    public Finding step(SmallModel small, String name, double tolerance) {
        RandomWeights random = new RandomWeights(small.model(), small.precision());
        try (TransformerWeights here = new TransformerWeights(small.model(), random, DataType.FLOAT);
                TransformerWeights there =
                        new TransformerWeights(small.model(), random, DataType.FLOAT, small.precision());
                SequenceHead head = new SequenceHead(there, CLASSES, 5)) {
            // The CPU computes the head in both cases.
            Function<TransformerWeights, Objective> objective = weights -> predicts(small.model())
                    ? new NextTokenObjective(weights, backend)
                    : SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend);
            return step(name, here, there, objective, tolerance);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Finding step(
            String name,
            TransformerWeights one,
            TransformerWeights other,
            Function<TransformerWeights, Objective> objective,
            double tolerance) {
        LsrConfig config =
                LsrConfig.builder().separationRank(2).termWeights(true).build();
        try (AdapterSet adapters = AdapterSet.create(one.linearLayers(), config, backend)) {
            Random random = SplitMix64.random(3);
            for (long i = 0; i < adapters.parameterCount(); i++) {
                adapters.values().putScalar(i, 0.2 * random.nextGaussian());
            }
            try (AdaptedModel here = new AdaptedModel(one, adapters, objective.apply(one), backend);
                    AdaptedModel there = new AdaptedModel(other, adapters, objective.apply(other), backend)) {
                there.openPassesBy(passes);
                Map<String, double[]> expected = numbers(here, one.model());
                Map<String, double[]> first = numbers(there, one.model());
                there.checkpointing(true);
                Map<String, double[]> second = numbers(there, one.model());
                expected.putAll(predictions(PassFactory.here(backend), one, adapters));
                first.putAll(predictions(passes, other, adapters));
                second.putAll(predictions(passes, other, adapters));
                return expected.keySet().stream()
                        .map(array -> Finding.of(
                                        name, tolerance, expected.get(array), first.get(array), second.get(array))
                                .in(array))
                        .reduce(Finding::and)
                        .orElseThrow();
            }
        }
    }

    private static boolean predicts(Transformer model) {
        return model.isCausal() && model.vocabularyHead().isPresent();
    }

    /** The hidden states of two inputs, one with adapters, and the logits after a few tokens and after one more. */
    private Map<String, double[]> predictions(PassFactory where, TransformerWeights weights, AdapterSet adapters) {
        Map<String, double[]> numbers = new LinkedHashMap<>();
        List<ModelInput> inputs = examples(weights.model(), 3, 2).stream()
                .flatMap(item -> item.sequences().stream())
                .toList();
        TokenBatch batch = TokenBatch.of(inputs, weights.model(), Rows.FIRST);
        try (DenseUpdates updates = DenseUpdates.of(adapters);
                InferencePass pass = where.inference(weights, backend)) {
            INDArray hidden = pass.forward(batch, Arrays.asList(null, updates));
            numbers.put("hidden states", hidden.reshape(hidden.length()).toDoubleVector());
            if (predicts(weights.model())) {
                try (NextTokenPass next = where.nextTokens(weights, backend);
                        NextTokenPass.Sequence sequence = next.begin(4, Optional.of(updates))) {
                    numbers.put("logits behind 3 tokens", sequence.logits(new int[] {3, 7, 5}));
                    numbers.put("logits behind 4 tokens", sequence.logits(new int[] {2}));
                }
            }
        }
        return numbers;
    }

    private static Map<String, double[]> numbers(AdaptedModel model, Transformer parts) {
        model.dropout(DROPOUT, 9);
        TrainingStep step = new TrainingStep(1, 1, List.of(examples(parts, 3, 2), examples(parts, 4)));
        Map<String, double[]> numbers = new LinkedHashMap<>();
        numbers.put("loss", new double[] {PassExecutor.LOCAL.gradients(model, step)});
        for (Parameter block : model.trainable()) {
            numbers.put("gradient of " + block.name(), block.gradient().toDoubleVector());
        }
        List<ModelInput> read =
                step.items().flatMap(item -> item.sequences().stream()).toList();
        for (double[] output : PassExecutor.LOCAL.outputs(model, List.of(read))) {
            numbers.put("output " + numbers.size(), output);
        }
        return numbers;
    }

    /** Examples of the given numbers of tokens, or of patches next to each other. */
    private static List<TrainingExample> examples(Transformer parts, int... lengths) {
        Random random = SplitMix64.random(lengths.length);
        return IntStream.of(lengths)
                .mapToObj(n -> new TrainingExample(
                        parts.patches()
                                .<ModelInput>map(patches -> image(patches, n, random))
                                .orElseGet(() -> text(parts.vocabulary(), n, random)),
                        new Target.Category(n % CLASSES)))
                .toList();
    }

    private static ModelInput text(int vocabulary, int length, Random random) {
        return new TokenSequence(random.ints(length, 0, vocabulary).toArray(), new int[length], length / 2);
    }

    private static ModelInput image(Embeddings.Patches patches, int across, Random random) {
        int height = patches.patchSize();
        int width = across * patches.patchSize();
        float[] pixels = new float[patches.channels() * height * width];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (float) random.nextGaussian();
        }
        return new ImageInput("image " + across, height, width, patches, () -> pixels);
    }
}
