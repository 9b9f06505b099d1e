package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;

/** What a step takes of a device and of the CPU's arithmetic. */
class EngineMemoryTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<ModelInput> TEXTS = List.of(
            new TokenSequence(new int[] {3, 5, 4, 2}, new int[4]), new TokenSequence(new int[] {7, 1}, new int[2]));

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

    @ParameterizedTest
    @EnumSource(Precision.class)
    void step_takesTheMemoryThatWasSaidBefore_andMaterializesNothingOnTheCpu(Precision precision) {
        Device device = new InterpretedDriver().open(0);
        long free = device.freeBytes();
        LsrConfig config = LsrConfig.builder().separationRank(2).build();
        try (Engine engine = new Engine(device, precision);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(weights.encoderLayers(), config, counting());
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            StepMemory said = StepMemory.of(
                    device,
                    precision,
                    weights,
                    Optional.of(adapters),
                    new PassFactory.Training(new Dropout(), false),
                    TEXTS);
            assertEquals(free, device.freeBytes());
            model.openPassesBy(engine);
            materialized.set(0);
            model.lossAndGradients(TEXTS, new double[] {1, 2});
            double taken = free - device.freeBytes();
            // One row of each text is wanted, of which there may be as many as tokens.
            assertEquals(1, taken / (said.weights() + said.step()), 0.05);
            assertEquals(0, materialized.get());
        }
    }
}
