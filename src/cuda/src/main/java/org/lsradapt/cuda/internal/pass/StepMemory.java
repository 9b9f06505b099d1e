package org.lsradapt.cuda.internal.pass;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.lsradapt.cuda.internal.Device;
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
 * The memory of a device that training a model takes, in bytes: what a step allocates on a {@link MeasuringDevice}.
 *
 * @param weights the model's layers
 * @param step adapters, and what the layers keep of the tokens
 * @param tokens how many
 */
record StepMemory(long weights, long step, int tokens) {

    /**
     * Measures.
     *
     * @param device the one in question; nothing is asked of it but its description
     * @param inputs what a step reads at once, and maybe inputs of another kind, which are left out
     */
    static StepMemory of(
            Device device,
            Precision precision,
            TransformerWeights weights,
            Optional<AdapterSet> adapters,
            PassFactory.Training training,
            List<ModelInput> inputs) {
        boolean images = weights.model().patches().isPresent();
        List<ModelInput> read = inputs.stream()
                .filter(input -> images == input instanceof ImageInput)
                .toList();
        MeasuringDevice measuring = new MeasuringDevice(device.description());
        try (Engine engine = new Engine(measuring, precision);
                DeviceWeights uploaded = new DeviceWeights(engine, weights)) {
            long before = measuring.held();
            if (read.isEmpty()) {
                return new StepMemory(before, 0, 0);
            }
            Dropout dropout = new Dropout();
            dropout.set(training.dropout().rate(), 0, 0);
            dropout.begin(read.size());
            PassFactory.Training same = new PassFactory.Training(dropout, training.checkpointed());
            Rows rows = weights.model().pooling().isPresent() ? Rows.FIRST : Rows.ALL;
            TokenBatch batch = TokenBatch.of(read, weights.model(), rows);
            try (DevicePass pass = new DevicePass(engine, weights, uploaded, adapters, Optional.of(same));
                    INDArray hidden = room(batch.tokens(), weights);
                    INDArray gradient = room(batch.wantedRows().length, weights)) {
                pass.forward(batch, hidden);
                pass.backward(batch, gradient);
                pass.reduce();
            }
            return new StepMemory(before, measuring.most() - before, batch.tokens());
        }
    }

    private static INDArray room(int rows, TransformerWeights weights) {
        return Nd4j.createUninitialized(
                DataType.FLOAT, new long[] {rows, weights.model().width()}, 'c');
    }

    /**
     * Checks that there is room.
     *
     * @param device where
     * @param hasWeights whether the weights are there already
     * @throws IllegalStateException if there is not
     */
    void require(Device device, boolean hasWeights) {
        long free = device.freeBytes();
        if ((hasWeights ? 0 : weights) + step > free) {
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "training takes %s of the GPU's memory, found %.2f of %.2f GiB free; %strain on the CPU, or a smaller"
                            + " model",
                    this,
                    free / 0x1p30,
                    device.description().totalBytes() / 0x1p30,
                    step == 0 ? "" : "use smaller batches or checkpointing, "));
        }
    }

    @Override
    public String toString() {
        String layers = String.format(Locale.ROOT, "%.2f GiB for the model's layers", weights / 0x1p30);
        return step == 0
                ? layers
                : layers + String.format(Locale.ROOT, " and %.2f GiB for a step of %,d tokens", step / 0x1p30, tokens);
    }
}
