package org.lsradapt.io.internal.frameworks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.RandomArrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Heads behind a model whose hidden states are its input, run by ONNX Runtime. */
class OnnxHeadTest {

    private static final int WIDTH = 5;

    private static final OnnxInitializers NOTHING = nothing();

    @TempDir
    private Path folder;

    private static OnnxInitializers nothing() {
        try {
            return read(TinyOnnx.model());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By its power series; beyond 4 it is ±1 to 2e-8. */
    private static double erf(double x) {
        if (Math.abs(x) > 4) {
            return Math.signum(x);
        }
        double sum = 0;
        double term = x;
        for (int n = 0; n < 100; n++) {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.sqrt(Math.PI) * sum;
    }

    private static byte[] valueInfo(String name, Object... sizes) {
        TinyOnnx.Fields[] dimensions = Stream.of(sizes)
                .map(size -> TinyOnnx.field(
                        1,
                        TinyOnnx.message(
                                size instanceof String symbol
                                        ? TinyOnnx.string(2, symbol)
                                        : TinyOnnx.integer(1, (Integer) size))))
                .toArray(TinyOnnx.Fields[]::new);
        byte[] tensor = TinyOnnx.message(TinyOnnx.integer(1, 1), TinyOnnx.field(2, TinyOnnx.message(dimensions)));
        return TinyOnnx.message(
                TinyOnnx.string(1, name), TinyOnnx.field(2, TinyOnnx.message(TinyOnnx.field(1, tensor))));
    }

    private static TinyOnnx.Fields output(String name, Object... sizes) {
        return TinyOnnx.field(12, valueInfo(name, sizes));
    }

    private static byte[] node(String operator, String input, String output) {
        return TinyOnnx.message(TinyOnnx.string(1, input), TinyOnnx.string(2, output), TinyOnnx.string(4, operator));
    }

    /** A model that doubles its input; its outputs lie before and behind what else the graph has. */
    private static byte[] model(TinyOnnx.Fields... further) {
        TinyOnnx.Fields two =
                TinyOnnx.initializer(TinyOnnx.name("two"), TinyOnnx.type(1), TinyOnnx.shape(1), TinyOnnx.raw(2));
        byte[] multiply = TinyOnnx.message(
                TinyOnnx.string(1, "x"),
                TinyOnnx.string(1, "two"),
                TinyOnnx.string(2, "hidden"),
                TinyOnnx.string(4, "Mul"));
        TinyOnnx.Fields[] graph = Stream.concat(
                        Stream.of(further),
                        Stream.of(
                                output("pooled", "batch", WIDTH),
                                TinyOnnx.field(1, multiply),
                                TinyOnnx.field(1, node("Identity", "hidden", "pooled")),
                                TinyOnnx.string(2, "graph"),
                                two,
                                TinyOnnx.field(11, valueInfo("x", "batch", "tokens", WIDTH)),
                                output("hidden", "batch", "tokens", WIDTH)))
                .toArray(TinyOnnx.Fields[]::new);
        return TinyOnnx.message(
                TinyOnnx.integer(1, 8),
                TinyOnnx.field(7, TinyOnnx.message(graph)),
                TinyOnnx.field(8, TinyOnnx.message(TinyOnnx.integer(2, 9))));
    }

    private static OnnxInitializers read(byte[] model) throws IOException {
        return OnnxInitializers.read("model", model.length, new ByteArrayInputStream(model));
    }

    private Object run(OnnxInitializers model, OnnxHead head, float[][][] hidden) throws IOException, OrtException {
        Path file = folder.resolve("model.onnx");
        model.write(file, NOTHING, head);
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession session = environment.createSession(file.toString());
                OnnxTensor x = OnnxTensor.createTensor(environment, hidden);
                OrtSession.Result result = session.run(Map.of("x", x))) {
            assertEquals(Set.of("logits"), session.getOutputNames());
            return result.get(0).getValue();
        }
    }

    private static float[][][] hidden(Random random, int batch, int tokens) {
        float[][][] hidden = new float[batch][tokens][];
        for (float[][] text : hidden) {
            for (int t = 0; t < tokens; t++) {
                text[t] = RandomArrays.normal(random, DataType.FLOAT, WIDTH).toFloatVector();
            }
        }
        return hidden;
    }

    /** activation(2·h·W + b)·V in double. */
    private static float[] expected(
            float[] hidden, INDArray weight, INDArray bias, DoubleUnaryOperator activation, INDArray last) {
        double[] logits = new double[(int) last.size(1)];
        for (int j = 0; j < weight.size(1); j++) {
            double sum = bias.getDouble(j);
            for (int i = 0; i < WIDTH; i++) {
                sum += 2.0 * hidden[i] * weight.getDouble(i, j);
            }
            for (int k = 0; k < logits.length; k++) {
                logits[k] += activation.applyAsDouble(sum) * last.getDouble(j, k);
            }
        }
        float[] rounded = new float[logits.length];
        for (int k = 0; k < rounded.length; k++) {
            rounded[k] = (float) logits[k];
        }
        return rounded;
    }

    @ParameterizedTest
    @ValueSource(strings = {"relu", "tanh", "gelu"})
    void write_headOfTheFirstToken_computesItsDefinition(String activation) throws IOException, OrtException {
        Random random = new Random(activation.hashCode());
        try (OnnxInitializers model = read(model());
                INDArray weight = RandomArrays.normal(random, DataType.FLOAT, WIDTH, 7);
                INDArray bias = RandomArrays.normal(random, DataType.FLOAT, 7);
                INDArray last = RandomArrays.normal(random, DataType.FLOAT, 7, 3)) {
            OnnxHead head = new OnnxHead(model.hiddenStates(WIDTH)).firstToken().linear("dense", weight, bias);
            DoubleUnaryOperator function;
            switch (activation) {
                case "relu" -> {
                    head.relu();
                    function = x -> Math.max(0, x);
                }
                case "tanh" -> {
                    head.tanh();
                    function = Math::tanh;
                }
                default -> {
                    head.gelu();
                    function = x -> x / 2 * (1 + erf(x / Math.sqrt(2)));
                }
            }
            float[][][] hidden = hidden(random, 3, 4);
            float[][] logits = (float[][]) run(model, head.linear("classifier", last, null), hidden);
            for (int i = 0; i < hidden.length; i++) {
                // A few roundings of sums of seven products.
                assertArrayEquals(expected(hidden[i][0], weight, bias, function, last), logits[i], 1e-5f);
            }
        }
    }

    @Test
    void write_headOfEachToken_computesItsDefinition() throws IOException, OrtException {
        Random random = new Random(9);
        try (OnnxInitializers model = read(model());
                INDArray identity = Nd4j.eye(WIDTH).castTo(DataType.FLOAT);
                INDArray bias = RandomArrays.normal(random, DataType.FLOAT, WIDTH);
                INDArray last = RandomArrays.normal(random, DataType.FLOAT, WIDTH, 2)) {
            OnnxHead head =
                    new OnnxHead("hidden").linear("dense", identity, bias).linear("classifier", last, null);
            float[][][] hidden = hidden(random, 2, 3);
            float[][][] logits = (float[][][]) run(model, head, hidden);
            for (int i = 0; i < hidden.length; i++) {
                for (int t = 0; t < hidden[i].length; t++) {
                    assertArrayEquals(expected(hidden[i][t], identity, bias, x -> x, last), logits[i][t], 1e-5f);
                }
            }
        }
    }

    @Test
    void hiddenStates_ofSeveralOutputs_areTheNamedOneOrTheOneOfThatShape() throws IOException {
        try (OnnxInitializers model = read(model())) {
            assertEquals("hidden", model.hiddenStates(WIDTH));
            assertEquals(
                    "model: has the outputs [pooled [-1, 5], hidden [-1, -1, 5]], expected one with hidden states,"
                            + " [batch, tokens, 6], such as last_hidden_state",
                    assertThrows(IOException.class, () -> model.hiddenStates(6)).getMessage());
        }
        try (OnnxInitializers model = read(model(output("last_hidden_state")))) {
            assertEquals("last_hidden_state", model.hiddenStates(WIDTH));
        }
    }

    @Test
    void write_headThatDoesNotFit_isRefused() throws IOException {
        Path file = folder.resolve("none.onnx");
        try (OnnxInitializers model = read(model())) {
            assertEquals(
                    "model: has no output 'states'",
                    assertThrows(IllegalArgumentException.class, () -> write(model, file, "states"))
                            .getMessage());
        }
        TinyOnnx.Fields logits = TinyOnnx.field(1, node("Identity", "hidden", "logits"));
        try (OnnxInitializers model = read(model(logits))) {
            assertEquals(
                    "model: has a value 'logits', expected a model without a head of its own",
                    assertThrows(IOException.class, () -> write(model, file, "hidden"))
                            .getMessage());
        }
        byte[] parts = TinyOnnx.message(
                TinyOnnx.field(7, TinyOnnx.message(output("hidden"))),
                TinyOnnx.field(7, TinyOnnx.message(TinyOnnx.field(1, node("Identity", "x", "hidden")))));
        try (OnnxInitializers model = read(parts)) {
            assertEquals(
                    "model: the graph is in 2 parts, expected one to append a head to",
                    assertThrows(IOException.class, () -> write(model, file, "hidden"))
                            .getMessage());
        }
        assertFalse(Files.exists(file));
    }

    private static void write(OnnxInitializers model, Path file, String hidden) throws IOException {
        model.write(file, NOTHING, new OnnxHead(hidden));
    }
}
