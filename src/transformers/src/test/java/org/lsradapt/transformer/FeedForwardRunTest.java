package org.lsradapt.transformer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.LayerUpdate;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.CpuBackend;
import org.lsradapt.lsr.internal.Memory;
import org.lsradapt.transformer.internal.Kernels;
import org.lsradapt.transformer.parts.Transformer;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class FeedForwardRunTest {
    private static final int ROWS = 37;
    private final Backend backend = new CpuBackend();
    private final Kernels kernels = Kernels.standard(backend, DataType.FLOAT);

    /** The kernels, but that they round nothing. */
    private Kernels unrounded() {
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("roundsToBfloat16")) {
                        return false;
                    }
                    try {
                        return method.invoke(kernels, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Output and gradient of the input. */
    private List<float[]> pass(TransformerWeights weights, Kernels some) {
        int width = weights.model().width();
        Random random = new Random(5);
        INDArray input = RandomArrays.normal(random, DataType.FLOAT, ROWS, width);
        INDArray grad = RandomArrays.normal(random, DataType.FLOAT, ROWS, width);
        INDArray product = input.ulike();
        try (MemoryPlan plan = new MemoryPlan(Memory.NATIVE, DataType.FLOAT, false);
                FeedForwardRun run = new FeedForwardRun(
                        0,
                        weights.model().blocks().get(0).feedForward(),
                        new LaneTools(weights, name -> LayerUpdate.NONE, backend, some, plan),
                        true)) {
            run.forward(new int[] {0, ROWS}, input, product);
            run.backward(input, grad, 1, grad);
        }
        return List.of(product.data().asFloat(), grad.data().asFloat());
    }

    /** Products round their inputs anyway. */
    @ParameterizedTest
    @EnumSource
    void activationsInBfloat16_giveTheResultsOfThoseInFloat(SmallModel family) throws IOException {
        Transformer model = family.model(64, 16, 416, 31, 16);
        try (TransformerWeights weights =
                new TransformerWeights(model, new RandomWeights(model, true), DataType.FLOAT, BasePrecision.BF16)) {
            List<float[]> expected = pass(weights, unrounded());
            List<float[]> actual = pass(weights, kernels);
            assertArrayEquals(expected.get(0), actual.get(0));
            assertArrayEquals(expected.get(1), actual.get(1));
        }
    }
}
