package org.lsradapt.cuda.internal.pass;

import static org.lsradapt.cuda.internal.TooLittleMemory.gib;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Runs passes of a model on a {@link MeasuringDevice}, to know their memory before it is allocated. */
final class DryRun implements AutoCloseable {
    private final MeasuringDevice counting;
    private final Engine engine;
    private final TransformerWeights weights;
    private final DeviceWeights uploaded;

    /**
     * The memory of a pass in bytes.
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

    /** The bytes of a training; {@code apart} if a step's memory is freed for an evaluation. */
    record Training(long weights, Pass step, Pass evaluation, boolean apart) {

        long passes() {
            return scratch() + (apart ? Math.max(step.bytes(), evaluation.bytes()) : step.bytes() + evaluation.bytes());
        }

        private long scratch() {
            return Math.max(step.scratch(), evaluation.scratch());
        }

        /** Checks that the training fits in addition to {@code taken} bytes; the device may have the weights. */
        void require(Device device, long taken, boolean hasWeights) {
            TooLittleMemory.require(
                    device,
                    taken + (hasWeights ? 0 : weights) + passes(),
                    (step.tokens() == 0 ? "" : "use smaller batches or checkpointing, ")
                            + "train on the CPU, or a smaller model",
                    "training takes %s%s",
                    taken == 0 ? "" : gib(taken) + " for another model, ",
                    this);
        }

        @Override
        public String toString() {
            List<String> parts = new ArrayList<>();
            parts.add(gib(weights) + " for the model's layers");
            if (step.tokens() > 0) {
                parts.add(String.format(
                        Locale.ROOT, "%s for a step of %,d tokens", gib(step.bytes() + scratch()), step.tokens()));
            }
            if (evaluation.tokens() > 0) {
                parts.add(String.format(
                        Locale.ROOT,
                        "%s for an evaluation of %,d tokens at once%s",
                        gib(evaluation.bytes()),
                        evaluation.tokens(),
                        apart ? " in place of a step" : ""));
            }
            int last = parts.size() - 1;
            return String.join(", ", parts.subList(0, Math.max(1, last)))
                    + (last == 0 ? "" : " and " + parts.get(last));
        }
    }

    DryRun(Engine real, TransformerWeights weights) {
        this.weights = weights;
        counting = new MeasuringDevice(real.device.description());
        engine = new Engine(counting, real.precision);
        uploaded = new DeviceWeights(engine, weights);
    }

    long weights() {
        return uploaded.bytes();
    }

    /** Counts a training from what a step and an evaluation read at once, of any kind of input. */
    Training training(
            Function<Engine, PassAdapters> adapters,
            PassFactory.Training training,
            List<ModelInput> inputs,
            List<ModelInput> evaluated) {
        return new Training(
                weights(),
                batch(inputs)
                        .map(batch -> pass(adapters, Optional.of(training), 0, batch))
                        .orElse(Pass.NONE),
                batch(evaluated)
                        .map(batch -> pass(adapters, Optional.empty(), 0, batch))
                        .orElse(Pass.NONE),
                training.checkpointed());
    }

    private Optional<TokenBatch> batch(List<ModelInput> inputs) {
        boolean images = weights.model().patches().isPresent();
        List<ModelInput> read = inputs.stream()
                .filter(input -> images == input instanceof ImageInput)
                .map(input -> images ? input : input.inEpoch(1))
                .toList();
        Rows rows = weights.model().pooling().isPresent() ? Rows.FIRST : Rows.ALL;
        return read.isEmpty() ? Optional.empty() : Optional.of(TokenBatch.of(read, weights.model(), rows));
    }

    /** Counts one pass; {@code capacity} is the number of tokens whose keys and values it keeps, or 0. */
    Pass pass(
            Function<Engine, PassAdapters> adapters,
            Optional<PassFactory.Training> training,
            int capacity,
            TokenBatch batch) {
        long before = counting.held() - engine.scratch();
        Optional<PassFactory.Training> dropped =
                training.map(how -> new PassFactory.Training(dropout(how, batch.size()), how.checkpointed()));
        Optional<DeviceCache> cache =
                capacity == 0 ? Optional.empty() : Optional.of(new DeviceCache(counting, weights.model()));
        cache.ifPresent(keys -> keys.begin(capacity));
        PassAdapters same = adapters.apply(engine);
        try (DevicePass pass = new DevicePass(engine, weights, uploaded, same, dropped, cache, Pass.NONE);
                INDArray hidden = room(batch.tokens());
                INDArray gradient = room(batch.wantedRows().length)) {
            pass.hidden(batch, hidden);
            if (capacity > 0) {
                pass.arena().floats(1, weights.vocabularyWeight().orElseThrow().outFeatures());
            }
            if (training.isPresent()) {
                pass.backward(batch, gradient);
                same.reduce();
            }
            long beside = counting.held() - before - pass.arena().bytes() - engine.scratch();
            return new Pass(pass.arena().most(), beside, engine.scratch(), batch.tokens());
        }
    }

    private static Dropout dropout(PassFactory.Training training, int sequences) {
        Dropout dropout = new Dropout();
        dropout.set(training.dropout().rate(), 0, 0);
        dropout.begin(sequences);
        return dropout;
    }

    private INDArray room(int rows) {
        return Nd4j.createUninitialized(
                DataType.FLOAT, new long[] {rows, weights.model().width()}, 'c');
    }

    @Override
    public void close() {
        uploaded.close();
        engine.close();
    }
}
