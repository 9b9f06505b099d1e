package org.lsradapt.cuda.internal.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.cuda.internal.pass.Engine;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.weights.FrozenLinear;
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
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * Times training steps on a device, of models with random weights, with products in BF16: first with LSR adapters of queries
 * and values, then with LoRA's of the same layers. A step is everything except the optimizer: forward, loss, backward, and
 * the copies between. Also times predictions of the same batch or, for a causal model, tokens generated after one of its
 * sequences.
 */
public final class StepSpeed {
    private static final LsrConfig LSR = LsrConfig.defaults();
    private static final LsrConfig LORA = LsrConfig.lora(8, 16);

    private final Backend backend = Backends.standard();
    private final Supplier<Device> devices;
    private final int repeats;

    /** Sets up a measurement, which closes the devices and times {@code repeats} steps after an untimed one. */
    public StepSpeed(Supplier<Device> devices, int repeats) {
        this.devices = devices;
        this.repeats = repeats;
    }

    /** Measures a shape; returns a line with the times, or with the message if there is too little memory. */
    public String run(SpeedShape shape) {
        return shape + ": " + result(shape);
    }

    private String result(SpeedShape shape) {
        try (Engine engine = new Engine(devices.get(), Precision.BF16);
                TransformerWeights weights = new TransformerWeights(
                        shape.model(),
                        new SharedWeights(shape.model(), shape.stored()),
                        DataType.FLOAT,
                        BasePrecision.STORED)) {
            Measured lsr = measure(engine, weights, shape, LSR);
            Measured lora = measure(engine, weights, shape, LORA);
            return String.format(
                    Locale.ROOT,
                    "%.2f ms a step with LSR, %.2f ms with LoRA (%.3f times); %.2f and %.2f GiB; %s",
                    lsr.milliseconds,
                    lora.milliseconds,
                    lsr.milliseconds / lora.milliseconds,
                    lsr.bytes / 0x1p30,
                    lora.bytes / 0x1p30,
                    prediction(engine, weights, shape));
        } catch (TooLittleMemory | OutOfMemoryError e) {
            return "skipped: " + e.getMessage();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Measured(double milliseconds, long bytes) {}

    private Measured measure(Engine engine, TransformerWeights weights, SpeedShape shape, LsrConfig config) {
        return with(engine, weights, shape, config, (model, step) -> new Measured(median(step), engine.allocated()));
    }

    /** Makes a measurement with a model on an engine, and with its steps, which get the number of earlier steps. */
    <R> R with(
            Engine engine,
            TransformerWeights weights,
            SpeedShape shape,
            LsrConfig config,
            BiFunction<AdaptedModel, IntConsumer, R> measurement) {
        List<TrainingExample> examples = examples(shape);
        try (AdapterSet adapters = AdapterSet.create(queriesAndValues(weights), config, backend);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = new AdaptedModel(weights, adapters, objective(weights, head), backend)) {
            model.checkpointing(shape.checkpointed());
            engine.expect(inputs(examples), List.of());
            model.openPassesBy(engine);
            return measurement.apply(
                    model, i -> PassExecutor.LOCAL.gradients(model, new TrainingStep(i + 1, 1, List.of(examples))));
        }
    }

    /** The median milliseconds of a call, which gets the number of earlier calls; the first one does not count. */
    private double median(IntConsumer call) {
        double[] times = new double[repeats];
        for (int i = -1; i < repeats; i++) {
            long start = System.nanoTime();
            call.accept(i + 1);
            if (i >= 0) {
                times[i] = (System.nanoTime() - start) / 1e6;
            }
        }
        Arrays.sort(times);
        return times[repeats / 2];
    }

    /** The time of a token after a sequence, or of the hidden states of the batch, without adapters. */
    private String prediction(Engine engine, TransformerWeights weights, SpeedShape shape) {
        List<ModelInput> inputs = inputs(examples(shape));
        if (!weights.model().isCausal()) {
            TokenBatch batch = TokenBatch.of(inputs, weights.model(), Rows.FIRST);
            List<@Nullable DenseUpdates> none = Collections.nCopies(batch.size(), null);
            try (InferencePass pass = engine.inference(weights, backend)) {
                return String.format(Locale.ROOT, "%.2f ms a prediction", median(i -> pass.forward(batch, none)));
            }
        }
        int[] ids = ((TokenSequence) inputs.get(0)).ids();
        try (NextTokenPass pass = engine.nextTokens(weights, backend);
                NextTokenPass.Sequence sequence = pass.begin(ids.length + repeats + 1, Optional.empty())) {
            sequence.logits(ids);
            return String.format(
                    Locale.ROOT, "%.2f ms a generated token", median(i -> sequence.logits(new int[] {ids[0]})));
        } catch (TooLittleMemory e) {
            return "no generation: " + e.getMessage();
        }
    }

    private Objective objective(TransformerWeights weights, SequenceHead head) {
        return weights.model().isCausal()
                ? new NextTokenObjective(weights, backend)
                : SequenceObjective.of(head, Loss.CROSS_ENTROPY, backend);
    }

    private static List<FrozenLinear> queriesAndValues(TransformerWeights weights) {
        return weights.model().blocks().stream()
                .map(Block::attention)
                .flatMap(part -> Stream.of(part.query(), part.value()))
                .map(weights::projection)
                .toList();
    }

    private static List<ModelInput> inputs(List<TrainingExample> examples) {
        return examples.stream().flatMap(item -> item.sequences().stream()).toList();
    }

    private static List<TrainingExample> examples(SpeedShape shape) {
        Random random = SplitMix64.random(2);
        int n = shape.length();
        return IntStream.range(0, shape.sequences())
                .mapToObj(i -> new TrainingExample(
                        new TokenSequence(
                                random.ints(n, 0, shape.model().vocabulary()).toArray(), new int[n], 1),
                        new Target.Category(i % 2)))
                .toList();
    }
}
