package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.TooLittleMemory;
import org.lsradapt.cuda.interpreter.FreeMemory;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** The memory that passes take of a device, and the CPU's arithmetic beside them. */
class EngineMemoryTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<ModelInput> TEXTS = List.of(
            new TokenSequence(new int[] {3, 5, 4, 2}, new int[4]), new TokenSequence(new int[] {7, 1}, new int[2]));

    private static final List<ModelInput> MORE_TEXTS = List.of(
            new TokenSequence(new int[] {3, 5, 4, 2}, new int[4]),
            new TokenSequence(new int[] {7, 1, 6, 4, 5}, new int[5]));

    private final AtomicInteger materialized = new AtomicInteger();

    /** The standard backend, which counts what it materializes. */
    private Backend counting() {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    if (method.getName().startsWith("materialize")) {
                        materialized.incrementAndGet();
                    }
                    try {
                        return method.invoke(BACKEND, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Steps of a classifier and evaluations of two sizes, announced or not, and with checkpointing, which frees one for the other. */
    @ParameterizedTest
    @CsvSource({"FLOAT, false, true", "TF32, true, true", "BF16, false, true", "BF16, true, true", "FLOAT, false, false"
    })
    void passes_takeTheMemoryThatWasCountedBefore_andMaterializeNothingOnTheCpu(
            Precision precision, boolean checkpointed, boolean announced) {
        Device device = new InterpretedDriver().open(0);
        long free = device.freeBytes();
        LsrConfig config = LsrConfig.builder().separationRank(2).build();
        try (Engine engine = new Engine(device, precision);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(weights.encoderLayers(), config, counting());
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            model.checkpointing(checkpointed);
            DryRun.Training counted;
            try (DryRun dry = new DryRun(engine, weights)) {
                counted = dry.training(
                        on -> PassAdapters.of(on, Optional.of(adapters)),
                        new PassFactory.Training(new Dropout(), checkpointed),
                        TEXTS,
                        MORE_TEXTS);
            }
            assertEquals(free, device.freeBytes());
            if (announced) {
                engine.expect(TEXTS, MORE_TEXTS);
            }
            model.openPassesBy(engine);
            materialized.set(0);
            model.lossAndGradients(TEXTS, Target.categories(1, 2));
            // One row of each text is wanted, of which there may be as many as tokens.
            long scratch = counted.step().scratch();
            assertTaken(counted.weights() + counted.step().bytes() + scratch, free - device.freeBytes());
            model.predict(TEXTS);
            model.predict(MORE_TEXTS);
            model.predict(TEXTS);
            assertTaken(counted.weights() + counted.passes(), free - device.freeBytes());
            assertEquals(0, materialized.get());
        }
    }

    private static void assertTaken(long counted, long taken) {
        assertTrue(taken <= counted && taken > 0.9 * counted, taken + " of " + counted + " bytes");
    }

    @Test
    void predict_ofMoreThanThereIsRoomFor_isRefusedInOneLine() {
        FreeMemory memory = new FreeMemory();
        try (Engine engine = new Engine(memory.device(), Precision.FLOAT);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model =
                        new AdaptedModel(weights, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            model.openPassesBy(engine);
            model.predict(TEXTS);
            memory.set(1000);
            TooLittleMemory e = assertThrows(TooLittleMemory.class, () -> model.predict(MORE_TEXTS));
            assertEquals(
                    "a pass over 9 tokens takes 0.00 GiB more of the GPU's memory, found 0.00 of 1.00 GiB free; use smaller"
                            + " batches, or compute on the CPU",
                    e.getMessage());
        }
    }
}
