package org.lsradapt.tasks.ordinal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.metrics.Metric;

/** Metrics and data of ordered classes; metrics against scikit-learn, which {@code golden/ordinal.py} wrote. */
class OrdinalMetricsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<JsonNode> metrics() throws IOException {
        try (InputStream in = OrdinalMetricsTest.class.getResourceAsStream("/golden/ordinal.json")) {
            return StreamSupport.stream(JSON.readTree(in).get("metrics").spliterator(), false);
        }
    }

    private static double[] numbers(JsonNode array) throws IOException {
        return JSON.treeToValue(array, double[].class);
    }

    @ParameterizedTest
    @MethodSource("metrics")
    void metrics_equalScikitLearn(JsonNode golden) throws IOException {
        for (Metric metric : OrdinalMetrics.ALL) {
            assertEquals(
                    golden.get(metric.key()).asDouble(),
                    metric.of(numbers(golden.get("truth")), numbers(golden.get("predicted"))),
                    1e-12,
                    metric.key());
        }
    }

    @Test
    void kappa_ofOneClass_isZero_andOfEqualOnesOne() {
        assertEquals(0, OrdinalMetrics.QUADRATIC_KAPPA.of(new double[] {2, 2}, new double[] {2, 2}));
        assertEquals(0, OrdinalMetrics.QUADRATIC_KAPPA.of(new double[] {0, 4}, new double[] {2, 2}));
        assertEquals(1, OrdinalMetrics.QUADRATIC_KAPPA.of(new double[] {0, 4, 1}, new double[] {0, 4, 1}));
    }

    private static List<LabelledText> texts(String... labels) {
        return IntStream.range(0, labels.length)
                .mapToObj(i -> LabelledText.of("text " + i, labels[i]))
                .toList();
    }

    @Test
    void numbers_areOrderedByValue_andMeasuredByKappa() {
        List<LabelledText> texts = texts("10", "2.5", "9", "10");
        LabelledData data = OrdinalData.of(texts).dev(texts).read();
        assertEquals(List.of("2.5", "9", "10"), data.task().labels());
        assertEquals("ordinal", data.task().name());
        assertEquals("quadratic_kappa", data.task().primaryMetric());
        double[][] outputs = {{0, 0, 1}, {0, 1, 0}, {0, 1, 0}, {0, 1, 0}};
        Map<String, Double> measured = data.task().evaluate(data.evaluation(), outputs);
        assertEquals(List.of("quadratic_kappa", "mae", "accuracy"), List.copyOf(measured.keySet()));
        assertEquals(3 / 7.0, measured.get("quadratic_kappa"), 1e-12);
        assertEquals(0.5, measured.get("mae"));
    }

    @Test
    void otherLabels_needTheirOrder() {
        List<LabelledText> texts = texts("low", "high", "mid", "low");
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> OrdinalData.of(texts).dev(texts).read())
                .getMessage();
        assertTrue(
                message.contains("label \"high\" is not a number, expected numbers, or the order of all labels"),
                message);
        assertEquals(
                List.of("low", "mid", "high"),
                OrdinalData.of(texts)
                        .classes(List.of("low", "mid", "high"))
                        .dev(texts)
                        .read()
                        .task()
                        .labels());
        List<LabelledText> same = texts("1", "1.0", "2");
        assertThrows(
                IllegalArgumentException.class,
                () -> OrdinalData.of(same).dev(same).read());
    }
}
