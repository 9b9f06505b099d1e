package org.lsradapt.cuda.internal.pass;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cuda.internal.Device;
import org.lsradapt.cuda.internal.Precision;
import org.lsradapt.cuda.internal.Products;
import org.lsradapt.cuda.internal.models.SpeedShape;
import org.lsradapt.cuda.internal.models.SpeedSteps;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** The calls that a step of a known shape makes: each costs a microsecond or more, whatever it computes. */
class StepCallsTest {
    private final Map<String, Integer> calls = new TreeMap<>();

    private Device counting() {
        Device device = new MeasuringDevice(new InterpretedDriver().open(0).description());
        Products products = (product, a, b, c, bias) -> calls.merge("multiply", 1, Integer::sum);
        return (Device) Proxy.newProxyInstance(
                Device.class.getClassLoader(), new Class<?>[] {Device.class}, (proxy, method, arguments) -> {
                    calls.merge(method.getName(), 1, Integer::sum);
                    try {
                        Object result = method.invoke(device, arguments);
                        return result instanceof Products ? products : result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private String counts() {
        return Stream.of("launch", "multiply", "upload", "download")
                .map(call -> call + " " + calls.get(call))
                .collect(Collectors.joining(", "));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BERT-base | BF16 | 0 | launch 202, multiply 237, upload 2, download 2",
                "BERT-base | BF16 | 0.1 | launch 272, multiply 237, upload 2, download 2",
                "MiniLM-L6 | FLOAT | 0.1 | launch 96, multiply 117, upload 2, download 2",
                "MiniLM-L6 | BF16 | 0 | launch 106, multiply 117, upload 2, download 2",
                "MiniLM-L6 | BF16 | 0.1 | launch 140, multiply 117, upload 2, download 2",
            })
    void step_ofAKnownShape_makesFewCalls(String name, Precision precision, double dropout, String expected) {
        SpeedShape shape = SpeedShape.all().stream()
                .filter(some -> some.name().equals(name))
                .findFirst()
                .orElseThrow();
        SpeedSteps.take(counting(), precision, shape, dropout, calls::clear, () -> assertEquals(expected, counts()));
    }
}
