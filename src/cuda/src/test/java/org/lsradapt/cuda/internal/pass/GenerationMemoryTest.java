package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.NextTokenPass;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/** The memory that generation takes of a device. */
class GenerationMemoryTest {
    private static final Backend BACKEND = Backends.standard();
    private static final int[] PROMPT = {3, 7, 5};
    private static final int CAPACITY = 8;

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "BF16"})
    void logits_takeTheMemoryThatWasCounted_andFurtherTokensNoMore(Precision precision) {
        Device device = new InterpretedDriver().open(0);
        long free = device.freeBytes();
        try (Engine engine = new Engine(device, precision);
                TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet set = AdapterSet.create(weights.encoderLayers(), LsrConfig.lora(2, 4), BACKEND);
                DenseUpdates updates = DenseUpdates.of(set)) {
            NextTokenPass pass = engine.nextTokens(weights, BACKEND);
            long opened = free - device.freeBytes();
            NextTokenPass.Sequence sequence = pass.begin(CAPACITY, Optional.of(updates));
            sequence.logits(PROMPT);
            long held = free - device.freeBytes();
            ServedAdapters adapters = new ServedAdapters(engine);
            DryRun.Pass counted;
            adapters.use(List.of(updates));
            try (DryRun dry = new DryRun(engine, weights)) {
                counted =
                        dry.pass(adapters::on, Optional.empty(), CAPACITY, TokenBatch.next(PROMPT, 0, weights.model()));
            }
            adapters.close();
            long taken = held - opened;
            long expected = counted.bytes() + counted.scratch();
            assertTrue(taken <= expected && taken > 0.9 * expected, taken + " of " + expected + " bytes");
            sequence.logits(new int[] {2});
            sequence.logits(new int[] {4});
            assertEquals(held, free - device.freeBytes());
            sequence.close();
            pass.close();
            assertEquals(opened + engine.scratch(), free - device.freeBytes());
            weights.close();
            try (TransformerWeights next = SmallModel.LLAMA.weights(DataType.FLOAT);
                    NextTokenPass other = engine.nextTokens(next, BACKEND)) {
                assertEquals(opened + engine.scratch(), free - device.freeBytes(), "the closed model's memory is kept");
                assertThrows(IllegalStateException.class, () -> engine.nextTokens(weights, BACKEND));
            }
        }
    }
}
