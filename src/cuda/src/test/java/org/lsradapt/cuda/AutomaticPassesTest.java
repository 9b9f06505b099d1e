package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.baselines.KroneckerConfig;
import org.lsradapt.cuda.internal.CudaFailure;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.interpreter.FreeMemory;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.AdapterConfig;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Where training goes that may be on a GPU. */
class AutomaticPassesTest {
    private static final Backend BACKEND = Backends.standard();
    private static final TokenSequence TEXT = new TokenSequence(new int[] {3, 5}, new int[2]);
    private static final TrainingStep STEP =
            new TrainingStep(1, 1, List.of(List.of(new TrainingExample(TEXT, new Target.Category(1)))));

    private final List<String> told = new ArrayList<>();

    private static CudaPasses interpreted() {
        return new CudaPasses(new InterpretedDriver().open(0), CudaPasses.Products.FLOAT);
    }

    /** The loss of a step, and where it was computed. */
    private String train(AutomaticPasses passes, AdapterConfig config) {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(weights.encoderLayers(), config, BACKEND);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            double expected = PassExecutor.LOCAL.gradients(model, STEP);
            passes.begins(model, List.of(TEXT), List.of(TEXT));
            assertEquals(expected, passes.gradients(model, STEP), 1e-5);
            return passes.arithmetic();
        }
    }

    @Test
    void gradients_whatTheGpuComputes_areComputedThere() {
        try (AutomaticPasses passes = new AutomaticPasses(AutomaticPassesTest::interpreted, told::add)) {
            assertEquals("CUDA on interpreted PTX, FLOAT", train(passes, LsrConfig.lora(2, 4)));
        }
        assertEquals(List.of("device: CUDA on interpreted PTX, FLOAT"), told);
    }

    @Test
    void gradients_kindThatTheGpuRefuses_areComputedOnTheCpuAndOneLineSaysWhy() {
        try (AutomaticPasses passes = new AutomaticPasses(AutomaticPassesTest::interpreted, told::add)) {
            assertEquals(PassExecutor.LOCAL.arithmetic(), train(passes, KroneckerConfig.lokr(1, 4)));
        }
        assertEquals(2, told.size(), told.toString());
        assertEquals(
                "device: cpu; no GPU is used: the GPU computes no adapters of kind 'kronecker' yet; use the CPU",
                told.get(1));
    }

    /** A device that is lost cannot be closed, either. */
    @Test
    void gradients_deviceThatDoesNotClose_areComputedOnTheCpu() {
        Device computes = new InterpretedDriver().open(0);
        Device lost = (Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(), new Class<?>[] {Device.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        throw new CudaFailure("the device was lost");
                    }
                    return method.invoke(computes, arguments);
                });
        CudaPasses gpu = new CudaPasses(lost, CudaPasses.Products.FLOAT);
        try (AutomaticPasses passes = new AutomaticPasses(() -> gpu, told::add)) {
            assertEquals(PassExecutor.LOCAL.arithmetic(), train(passes, KroneckerConfig.lokr(1, 4)));
        }
        assertTrue(told.get(1).contains("'kronecker'"), told.toString());
    }

    @Test
    void gradients_tooLittleMemoryInALaterPartOfAStep_areComputedAgainOnTheCpu() {
        FreeMemory memory = new FreeMemory();
        CudaPasses gpu = new CudaPasses(memory.device(), CudaPasses.Products.FLOAT);
        TokenSequence longer = new TokenSequence(new int[] {3, 5, 4, 2, 7}, new int[5]);
        TrainingStep step = new TrainingStep(
                1,
                1,
                List.of(
                        List.of(new TrainingExample(TEXT, new Target.Category(1))),
                        List.of(new TrainingExample(longer, new Target.Category(2)))));
        try (AutomaticPasses passes = new AutomaticPasses(() -> gpu, told::add);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(weights.encoderLayers(), LsrConfig.lora(2, 4), BACKEND);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            double loss = PassExecutor.LOCAL.gradients(model, step);
            double[] expected = gradients(model);
            passes.gradients(model, STEP);
            memory.set(1000);
            assertEquals(loss, passes.gradients(model, step), 1e-6);
            assertArrayEquals(expected, gradients(model), 1e-6);
            assertEquals(PassExecutor.LOCAL.arithmetic(), passes.arithmetic());
        }
        assertEquals(2, told.size(), told.toString());
    }

    private static double[] gradients(AdaptedModel model) {
        return model.trainable().stream()
                .flatMapToDouble(
                        one -> DoubleStream.of(one.gradient().dup().data().asDouble()))
                .toArray();
    }

    @Test
    void outputs_tooLittleMemory_areComputedOnTheCpuAndOneLineSaysWhy() {
        FreeMemory memory = new FreeMemory();
        CudaPasses gpu = new CudaPasses(memory.device(), CudaPasses.Products.FLOAT);
        TokenSequence longer = new TokenSequence(new int[] {3, 5, 4, 2, 7}, new int[5]);
        try (AutomaticPasses passes = new AutomaticPasses(() -> gpu, told::add);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = AdapterSet.create(weights.encoderLayers(), LsrConfig.lora(2, 4), BACKEND);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            double[] expected = model.predict(List.of(longer))[0];
            double loss = passes.gradients(model, STEP);
            memory.set(1000);
            assertArrayEquals(expected, passes.outputs(model, List.of(List.of(longer)))[0], 1e-6);
            assertEquals(PassExecutor.LOCAL.arithmetic(), passes.arithmetic());
            assertEquals(loss, passes.gradients(model, STEP), 1e-5);
        }
        assertEquals(2, told.size(), told.toString());
        assertTrue(told.get(1).startsWith("device: cpu; no GPU is used: a pass over 5 tokens takes "), told.get(1));
    }

    @Test
    void gradients_noGpu_areComputedOnTheCpuAndOneLineSaysWhy() {
        AutomaticPasses passes = new AutomaticPasses(
                () -> {
                    throw new IllegalStateException("no driver\nand more");
                },
                told::add);
        assertEquals(PassExecutor.LOCAL.arithmetic(), train(passes, LsrConfig.lora(2, 4)));
        assertEquals(List.of("device: cpu; no GPU is used: no driver"), told);
    }
}
