package org.lsradapt.cuda.internal.pass;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.ImageInput;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.Rows;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The device memory that training a model needs, in bytes: the allocations of its passes on a {@link MeasuringDevice}.
 *
 * @param weights the model's layers
 * @param step the memory of a step
 * @param evaluation the memory of an evaluation
 * @param apart whether a step's memory is freed for an evaluation
 */
record StepMemory(long weights, Pass step, Pass evaluation, boolean apart) {

    /**
     * The memory of a pass.
     *
     * @param arena values of the tokens
     * @param beside everything else: adapters, tables of positions, and keys and values of earlier tokens
     * @param scratch memory of products, shared by all passes
     * @param tokens the number of tokens
     */
    record Pass(long arena, long beside, long scratch, int tokens) {
        static final Pass NONE = new Pass(0, 0, 0, 0);

        long bytes() {
            return arena + beside;
        }
    }

    /**
     * Measures a training.
     *
     * @param device the device in question; only its description is read
     * @param inputs the inputs that a step reads at once, without those of a kind that the model does not read
     * @param evaluated the same for an evaluation
     */
    static StepMemory of(
            Device device,
            Precision precision,
            TransformerWeights weights,
            Optional<AdapterSet> adapters,
            PassFactory.Training training,
            List<ModelInput> inputs,
            List<ModelInput> evaluated) {
        MeasuringDevice measuring = new MeasuringDevice(device.description());
        try (Engine engine = new Engine(measuring, precision);
                DeviceWeights uploaded = new DeviceWeights(engine, weights)) {
            long held = measuring.held();
            PassAdapters.Source source = PassAdapters.Source.of(adapters);
            Pass step = batch(inputs, weights)
                    .map(batch -> pass(engine, uploaded, weights, source, Optional.of(training), 0, batch))
                    .orElse(Pass.NONE);
            Pass evaluation = batch(evaluated, weights)
                    .map(batch -> pass(engine, uploaded, weights, source, Optional.empty(), 0, batch))
                    .orElse(Pass.NONE);
            return new StepMemory(held, step, evaluation, training.checkpointed());
        }
    }

    private static Optional<TokenBatch> batch(List<ModelInput> inputs, TransformerWeights weights) {
        boolean images = weights.model().patches().isPresent();
        List<ModelInput> read = inputs.stream()
                .filter(input -> images == input instanceof ImageInput)
                .toList();
        Rows rows = weights.model().pooling().isPresent() ? Rows.FIRST : Rows.ALL;
        return read.isEmpty() ? Optional.empty() : Optional.of(TokenBatch.of(read, weights.model(), rows));
    }

    /**
     * Measures one pass.
     *
     * @param capacity the number of tokens whose keys and values it keeps; 0 for none
     */
    static Pass of(
            Device device,
            Precision precision,
            TransformerWeights weights,
            PassAdapters.Source adapters,
            Optional<PassFactory.Training> training,
            int capacity,
            TokenBatch batch) {
        MeasuringDevice measuring = new MeasuringDevice(device.description());
        try (Engine engine = new Engine(measuring, precision);
                DeviceWeights uploaded = new DeviceWeights(engine, weights)) {
            return pass(engine, uploaded, weights, adapters, training, capacity, batch);
        }
    }

    private static Pass pass(
            Engine engine,
            DeviceWeights uploaded,
            TransformerWeights weights,
            PassAdapters.Source adapters,
            Optional<PassFactory.Training> training,
            int capacity,
            TokenBatch batch) {
        MeasuringDevice measuring = (MeasuringDevice) engine.device;
        long before = measuring.held() - engine.scratch();
        Optional<PassFactory.Training> same =
                training.map(how -> new PassFactory.Training(dropout(how, batch.size()), how.checkpointed()));
        Optional<DeviceCache> cache =
                capacity == 0 ? Optional.empty() : Optional.of(new DeviceCache(measuring, weights.model()));
        cache.ifPresent(keys -> keys.begin(capacity));
        try (DevicePass pass = new DevicePass(
                        engine, weights, uploaded, adapters.on(engine), adapters, same, cache, Pass.NONE);
                INDArray hidden = room(batch.tokens(), weights);
                INDArray gradient = room(batch.wantedRows().length, weights)) {
            pass.forward(batch, hidden);
            if (capacity > 0) {
                int vocabulary = weights.vocabularyWeight().orElseThrow().outFeatures();
                pass.arena().take((long) Float.BYTES * vocabulary);
            }
            if (training.isPresent()) {
                pass.backward(batch, gradient);
                pass.reduce();
            }
            long beside = measuring.held() - before - pass.arena().bytes() - engine.scratch();
            return new Pass(pass.arena().most(), beside, engine.scratch(), batch.tokens());
        }
    }

    private static Dropout dropout(PassFactory.Training training, int sequences) {
        Dropout dropout = new Dropout();
        dropout.set(training.dropout().rate(), 0, 0);
        dropout.begin(sequences);
        return dropout;
    }

    private static INDArray room(int rows, TransformerWeights weights) {
        return Nd4j.createUninitialized(
                DataType.FLOAT, new long[] {rows, weights.model().width()}, 'c');
    }

    /**
     * Checks that the weights of a model that predicts fit.
     *
     * @throws TooLittleMemory if they do not
     */
    static void requireWeights(Device device, Precision precision, TransformerWeights weights) {
        MeasuringDevice measuring = new MeasuringDevice(device.description());
        try (Engine engine = new Engine(measuring, precision);
                DeviceWeights uploaded = new DeviceWeights(engine, weights)) {
            long free = device.freeBytes();
            if (uploaded.bytes() > free) {
                throw new TooLittleMemory(String.format(
                        Locale.ROOT,
                        "predicting takes %s of the GPU's memory, found %.2f of %.2f GiB free; compute on the CPU, or a"
                                + " smaller model",
                        gib(uploaded.bytes(), "the model's layers"),
                        free / 0x1p30,
                        device.description().totalBytes() / 0x1p30));
            }
        }
    }

    long passes() {
        return scratch() + (apart ? Math.max(step.bytes(), evaluation.bytes()) : step.bytes() + evaluation.bytes());
    }

    private long scratch() {
        return Math.max(step.scratch(), evaluation.scratch());
    }

    /**
     * Checks that the training fits.
     *
     * @param device the device to train on
     * @param taken bytes that something else will take
     * @param hasWeights whether the device already has the weights
     * @throws TooLittleMemory if it does not
     */
    void require(Device device, long taken, boolean hasWeights) {
        long free = device.freeBytes();
        if (taken + (hasWeights ? 0 : weights) + passes() > free) {
            throw new TooLittleMemory(String.format(
                    Locale.ROOT,
                    "training takes %s of the GPU's memory%s, found %.2f of %.2f GiB free; %strain on the CPU, or a smaller"
                            + " model",
                    this,
                    taken == 0 ? "" : String.format(Locale.ROOT, " beside %.2f GiB for another model", taken / 0x1p30),
                    free / 0x1p30,
                    device.description().totalBytes() / 0x1p30,
                    step.tokens() == 0 ? "" : "use smaller batches or checkpointing, "));
        }
    }

    @Override
    public String toString() {
        List<String> parts = new ArrayList<>();
        parts.add(gib(weights, "the model's layers"));
        if (step.tokens() > 0) {
            parts.add(gib(step.bytes() + scratch(), String.format(Locale.ROOT, "a step of %,d tokens", step.tokens())));
        }
        if (evaluation.tokens() > 0) {
            String what = String.format(
                    Locale.ROOT,
                    "an evaluation of %,d tokens at once%s",
                    evaluation.tokens(),
                    apart ? " in place of a step" : "");
            parts.add(gib(evaluation.bytes(), what));
        }
        return parts.size() < 3
                ? String.join(" and ", parts)
                : String.join(", ", parts.subList(0, 2)) + " and " + parts.get(2);
    }

    private static String gib(long bytes, String what) {
        return String.format(Locale.ROOT, "%.2f GiB for %s", bytes / 0x1p30, what);
    }
}
