package org.lsradapt.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.FrozenLinear;
import org.lsradapt.lsr.LayerAdapter;
import org.lsradapt.lsr.LsrAdapter;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.lsr.numerics.GradientStart;
import org.lsradapt.lsr.optimizer.AdamW;
import org.lsradapt.objectives.AdaptedModel;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What comes before the first step, where the configuration says so. The head is trained alone for some steps (as in LP-FT, Kumar
 * et al., arXiv 2202.10054), so that adapters do not begin by following the gradient of a head that knows nothing. Then adapters
 * are started by the gradient of the loss ({@link GradientStart}): the leading directions of each layer's mean gradient G [in, out]
 * over some batches are found without forming it, by a randomized range finder (Halko, Martinsson and Tropp, arXiv 0909.4061,
 * algorithm 4.1). For a LoRA adapter with A = 0 and random B the gradient of A is G·Bᵀ, whose orthonormal basis is Q; for one with
 * A = Q and B = 0 that of B is QᵀG. Neither changes what the model computes.
 */
final class WarmStart {
    /** Directions that are looked for beyond those that are wanted, for accuracy. */
    private static final int OVERSAMPLED = 8;

    private final AdaptedModel model;
    private final TrainingConfig config;
    private final List<? extends TrainingItem> train;
    private final PassExecutor passes;
    private final TrainingListener listener;
    private final Backend backend = Backends.standard();

    private WarmStart(
            AdaptedModel model,
            TrainingConfig config,
            List<? extends TrainingItem> train,
            TrainingListener listener,
            PassExecutor passes) {
        this.model = model;
        this.config = config;
        this.train = train;
        this.passes = passes;
        this.listener = listener;
    }

    /**
     * Trains the head, of a model without adapters too, and starts the adapters, if the configuration says so and there are
     * any; the latter in this process.
     *
     * @return the mean loss of the head's steps; empty if it was not trained
     * @throws IllegalArgumentException if an adapter cannot be started so; see {@link GradientStart#apply}
     */
    static OptionalDouble of(
            AdaptedModel model,
            TrainingConfig config,
            List<? extends TrainingItem> train,
            TrainingListener listener,
            PassExecutor passes) {
        WarmStart start = new WarmStart(model, config, train, listener, passes);
        OptionalDouble loss =
                headSteps(model, config) > 0 ? OptionalDouble.of(start.trainHead()) : OptionalDouble.empty();
        if (config.gradientBatches() > 0) {
            model.adapters().ifPresent(start::startAdapters);
        }
        return loss;
    }

    /** How many steps the head is trained alone; 0 without a head. */
    static int headSteps(AdaptedModel model, TrainingConfig config) {
        return model.objective().trainable().isEmpty() ? 0 : config.headSteps();
    }

    private double trainHead() {
        if (model.adapters().isEmpty()) {
            // It keeps the features that it computes for the steps that follow.
            return trainHead(model);
        }
        try (AdaptedModel head = model.with(Optional.empty())) {
            return trainHead(head);
        }
    }

    private double trainHead(AdaptedModel head) {
        int steps = config.headSteps();
        LinearSchedule schedule = LinearSchedule.of(steps, 0);
        AdamW optimizer = AdamW.builder().weightDecay(config.weightDecay()).build();
        optimizer.addAll(model.objective().trainable(), config.headLearningRate());
        int step = 0;
        double sum = 0;
        for (List<TrainingItem> batch : batches(steps)) {
            double loss = requireFinite(passes.gradients(head, new TrainingStep(step + 1, 1, List.of(batch))));
            optimizer.step(schedule.factor(step++), config.maxGradientNorm());
            listener.headStepped(step, steps, loss);
            sum += loss;
        }
        return sum / steps;
    }

    private void startAdapters(AdapterSet adapters) {
        List<LsrAdapter> fresh = adapters.lsrAdapters();
        List<FrozenLinear> layers = fresh.stream().map(LayerAdapter::layer).toList();
        int[] directions = fresh.stream().mapToInt(WarmStart::directions).toArray();
        try (AdapterSet probe = AdapterSet.create(
                layers,
                layer -> LsrConfig.lora(directions[layers.indexOf(layer)], directions[layers.indexOf(layer)]),
                backend)) {
            Random random = SplitMix64.random(config.seed());
            for (LsrAdapter adapter : probe.lsrAdapters()) {
                double[] numbers = random.doubles(b(adapter).count(), -1, 1).toArray();
                a(adapter).value().assign(0);
                backend.write(numbers, b(adapter).value());
            }
            addGradients(probe);
            List<INDArray> bases = new ArrayList<>();
            for (LsrAdapter adapter : probe.lsrAdapters()) {
                INDArray sketch = a(adapter).gradient();
                INDArray basis = GradientStart.basis(
                        sketch.reshape('c', adapter.a().rows(), adapter.a().columns()));
                bases.add(basis);
                a(adapter).value().assign(basis.castTo(sketch.dataType()).reshape('c', sketch.shape()));
                b(adapter).value().assign(0);
            }
            addGradients(probe);
            for (int i = 0; i < fresh.size(); i++) {
                LsrAdapter adapter = probe.lsrAdapters().get(i);
                INDArray coordinates = b(adapter)
                        .gradient()
                        .reshape('c', adapter.b().rows(), adapter.b().columns());
                GradientStart.apply(fresh.get(i), bases.get(i), coordinates);
            }
        }
    }

    private static int directions(LsrAdapter adapter) {
        long room = Math.min(adapter.layer().inFeatures(), adapter.layer().outFeatures());
        return (int) Math.min(room, adapter.config().bottleneckRank() + OVERSAMPLED);
    }

    private static Parameter a(LsrAdapter lora) {
        return lora.parameters().get(0);
    }

    private static Parameter b(LsrAdapter lora) {
        return lora.parameters().get(1);
    }

    /** The mean gradient over the batches, of the adapters of a probe. */
    private void addGradients(AdapterSet probe) {
        try (AdaptedModel probed = model.with(Optional.of(probe))) {
            probed.checkpointing(config.checkpointing());
            probed.chunkSize(config.chunkSize());
            requireFinite(
                    PassExecutor.LOCAL.gradients(probed, new TrainingStep(1, 1, batches(config.gradientBatches()))));
        }
    }

    private static double requireFinite(double loss) {
        DivergedException.requireFinite(loss, "the loss before the first step");
        return loss;
    }

    /** The first batches of as many epochs as it takes, those that are trained on first. */
    private List<List<TrainingItem>> batches(int count) {
        Batches all = new Batches(train, config);
        List<List<TrainingItem>> batches = new ArrayList<>();
        while (batches.size() < count) {
            all.nextEpoch().stream()
                    .flatMap(List::stream)
                    .limit(count - batches.size())
                    .map(List::copyOf)
                    .forEach(batches::add);
        }
        return batches;
    }
}
