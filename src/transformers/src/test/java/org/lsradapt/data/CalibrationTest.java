package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.tasks.labels.MultiLabelData;
import org.lsradapt.tasks.labels.MultiLabelText;

/** The golden values are of SciPy and NumPy; see golden/calibration/generate.py. */
class CalibrationTest {
    private static final int ROWS = 300;

    private static final double[][] LOGITS = IntStream.range(0, ROWS)
            .mapToObj(i -> IntStream.range(0, 3)
                    .mapToDouble(c -> 4 * Math.sin(1.7 * i + 2.3 * c))
                    .toArray())
            .toArray(double[][]::new);

    private static final double[][] PAIRS = IntStream.range(0, ROWS)
            .mapToObj(i -> new double[] {LOGITS[i][0], LOGITS[i][1]})
            .toArray(double[][]::new);

    private static final List<Example> EXAMPLES = IntStream.range(0, ROWS)
            .mapToObj(i -> new Example("text", null, new Label.Category(i % 10 < 7 ? largest(LOGITS[i]) : i * 7 % 3)))
            .toList();

    private static final List<Example> LABELLED = IntStream.range(0, ROWS)
            .mapToObj(i -> new Example(
                    "text",
                    null,
                    Label.Several.of(IntStream.range(0, 2)
                            .filter(k -> (LOGITS[i][k] > 0) ^ (i % (5 + k) == 0))
                            .boxed()
                            .toList())))
            .toList();

    private static int largest(double[] row) {
        return row[0] >= row[1] && row[0] >= row[2] ? 0 : row[1] >= row[2] ? 1 : 2;
    }

    private static Task classes() {
        return new OwnTask("own", List.of("a", "b", "c"), OwnTask.metrics(3), EXAMPLES, EXAMPLES);
    }

    private static Task labels() {
        MultiLabelText text = MultiLabelText.of("text", "a", "b");
        return MultiLabelData.of(List.of(text, text)).dev(List.of(text)).read().task("labels");
    }

    private static void assertGolden(String name, Task task, List<Example> examples, double[][] logits)
            throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(CalibrationTest.class.getResourceAsStream("/golden/calibration/calibration.json"))
                .get(name);
        List<Double> temperatures = Calibration.temperatures(task, examples, logits);
        for (int k = 0; k < temperatures.size(); k++) {
            // SciPy's bounded search ends where the loss no longer changes in double, about the root of its precision.
            assertEquals(golden.get("temperatures").get(k).doubleValue(), temperatures.get(k), 1e-6);
        }
        assertEquals(golden.get("temperatures").size(), temperatures.size());
        Calibration found = Calibration.of(task, examples, Calibration.divided(logits, temperatures), temperatures);
        assertEquals(golden.get("before").doubleValue(), found.errorBefore(), 1e-12);
        assertEquals(golden.get("after").doubleValue(), found.error(), 1e-6);
        Calibration without = Calibration.of(task, examples, logits, List.of());
        assertEquals(golden.get("before").doubleValue(), without.error(), 1e-12);
        assertEquals(without.error(), without.errorBefore());
    }

    @Test
    void classes_haveTheTemperatureOfSciPy_andTheErrorsOfNumPy() throws IOException {
        assertGolden("classes", classes(), EXAMPLES, LOGITS);
    }

    @Test
    void labels_haveATemperatureEach() throws IOException {
        assertGolden("labels", labels(), LABELLED, PAIRS);
    }

    @Test
    void temperature_thatTheRowsDoNotDetermine_isOne() {
        List<Example> allRight = IntStream.range(0, ROWS)
                .mapToObj(i -> new Example("text", null, new Label.Category(largest(LOGITS[i]))))
                .toList();
        assertEquals(List.of(1.0), Calibration.temperatures(classes(), allRight, LOGITS));
        List<Example> none = IntStream.range(0, ROWS)
                .mapToObj(i -> new Example("text", null, Label.Several.of(List.of())))
                .toList();
        double[][] negative = IntStream.range(0, ROWS)
                .mapToObj(i -> new double[] {-1 - i % 3, -2 - i % 5})
                .toArray(double[][]::new);
        assertEquals(List.of(1.0, 1.0), Calibration.temperatures(labels(), none, negative));
    }

    @Test
    void error_ofProbabilitiesOnTheEdgesOfBins_countsThemBelow() {
        double[] probabilities = {0, 1 / 15.0, 0.5, 1};
        // |0 − 0| + |1 − 1/15| in the lowest bin, |1 − 0.5|, |0 − 1|
        assertEquals(
                (14 / 15.0 + 0.5 + 1) / 4,
                Calibration.error(probabilities, new boolean[] {false, true, true, false}),
                1e-15);
    }

    @Test
    void numbers_haveNoTemperature() {
        Task numbers = new OwnTask("own", List.of(), OwnTask.metrics(0), EXAMPLES, EXAMPLES);
        assertThrows(IllegalArgumentException.class, () -> Calibration.temperatures(numbers, EXAMPLES, LOGITS));
    }

    @Test
    void describe_saysBothErrors() {
        assertEquals(
                "temperature 1.370; expected calibration error 0.0321, 0.0810 before",
                new Calibration(List.of(1.37), 0.081, 0.0321).describe());
        assertEquals(
                "expected calibration error 0.0810, not calibrated",
                new Calibration(List.of(), 0.081, 0.081).describe());
    }
}
