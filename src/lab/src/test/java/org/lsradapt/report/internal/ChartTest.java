package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.UpdateCondition;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ChartTest {

    @ParameterizedTest
    @CsvSource({
        "0.52, 0.87, 0.5, 0.9",
        "0.6, 0.9, 0.6, 0.9",
        "1, 1, 0.8, 1.2",
        "0, 0, -0.2, 0.2",
        "-3, -3, -3.5, -2.5",
        "0.565877, 0.565877, 0.5, 0.6",
        "0.0001, 0.00012, 0.0001, 0.00012",
        "0, 1850, 0, 2000",
    })
    void linearAxis_endsAreRoundAndBeyondTheValues(double low, double high, double first, double last) {
        Axis axis = Axis.linear(low, high, 0);
        assertEquals(first, axis.low(), 1e-12);
        assertEquals(last, axis.high(), 1e-12);
        assertEquals(axis.low(), axis.ticks().get(0));
    }

    @ParameterizedTest
    @CsvSource({"0.7, 4.7, 0.1, 10", "2, 3, 1, 10", "1, 1, 1, 10", "1e-7, 0.4, 1e-7, 1", "10, 200, 10, 1000"})
    void decades_haveTwoLabelsAtLeast(double low, double high, double first, double last) {
        Axis axis = Axis.decades(low, high);
        assertEquals(first, axis.low(), first * 1e-12);
        assertEquals(last, axis.high(), last * 1e-12);
        assertTrue(axis.ticks().size() > 1);
        assertEquals(0.5, axis.share(Math.sqrt(first * last)), 1e-12);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"0.31|0.31", "1|1", "12345|12,345", "0.00002|2e-05", "-0.5|-0.5", "0.123456|0.1235", "1e9|1e+09"})
    void format_hasFourDecimalsOrAnExponent(double value, String text) {
        assertEquals(text, Axis.format(value));
    }

    private static Document parsed(Chart chart) throws Exception {
        return DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(chart.svg())));
    }

    private static List<Element> elements(Chart chart, String name) throws Exception {
        NodeList nodes = parsed(chart).getElementsByTagName(name);
        return IntStream.range(0, nodes.getLength())
                .mapToObj(i -> (Element) nodes.item(i))
                .toList();
    }

    @Test
    void svg_isXml_withNamesAsTheyAre() throws Exception {
        Chart chart = new Chart("a <b> & \"c\" \u0001", "x", "y");
        chart.line("</svg><script>", new double[] {1, 2}, new double[] {0.31, Double.NaN});
        assertFalse(chart.svg().contains("<script"), chart.svg());
        assertEquals("</svg><script>, 1: 0.31", elements(chart, "title").get(0).getTextContent());
    }

    @Test
    void svg_ofALevelFarFromThePoints_namesItWithItsValue() throws Exception {
        Chart chart = new Chart("t", "x", "accuracy").withLogarithmicX();
        chart.level("frozen", 0.4);
        chart.level("majority", 0.68);
        chart.point("lsr", 12_000, new Spread(0.75, 0.05));
        chart.point("lora:8", 73_728, new Spread(0.7, 0.01));
        chart.mark("LoRA r = 1: 9,216", 9216);
        List<String> texts =
                elements(chart, "text").stream().map(Element::getTextContent).toList();
        assertTrue(
                texts.containsAll(List.of("frozen: 0.4 ↓", "majority", "lsr", "lora:8", "LoRA r = 1: 9,216")),
                texts.toString());
        assertEquals(1000, chart.x().low(), 1e-9);
        assertEquals(100_000, chart.x().high(), 1e-9);
        assertTrue(chart.y().low() > 0.6, () -> "y from " + chart.y().low());
    }

    /** Labels of fourteen points, some of them close together, as in the README's picture. */
    @Test
    void svg_labelsOfPoints_doNotOverlap() throws Exception {
        Chart chart = new Chart("t", "x", "accuracy").withLogarithmicX();
        for (int i = 0; i < 14; i++) {
            chart.point("method " + i, 2000 + 1000 * (i % 7), new Spread(0.78 + 0.004 * Math.floorDiv(i, 2), 0.001));
        }
        List<double[]> boxes = new ArrayList<>();
        for (Element text : elements(chart, "text")) {
            if (text.getTextContent().startsWith("method")) {
                double left = Double.parseDouble(text.getAttribute("x"));
                double bottom = Double.parseDouble(text.getAttribute("y"));
                boxes.add(new double[] {
                    left, bottom - 10, left + 7.2 * text.getTextContent().length(), bottom
                });
            }
        }
        assertEquals(14, boxes.size());
        for (double[] one : boxes) {
            long overlapping = boxes.stream()
                    .filter(other -> one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3])
                    .count();
            assertEquals(1, overlapping, "the label at " + one[0] + ", " + one[1]);
        }
    }

    @Test
    void conditions_ofUpdatesThatAreZero_haveNoErrors() {
        List<FrozenLinear> layers = List.of(
                FrozenLinear.of("layer.0.query", Nd4j.rand(DataType.FLOAT, 16, 16)),
                FrozenLinear.of("layer.1.query", Nd4j.rand(DataType.FLOAT, 16, 16)));
        try (AdapterSet adapters = AdapterSet.create(layers, LsrConfig.defaults(), Backends.standard())) {
            List<String> before = names(adapters);
            assertTrue(before.contains("γ of A"), before.toString());
            assertFalse(before.contains("FP16"), before.toString());
            adapters.adapters()
                    .get(1)
                    .parameters()
                    .forEach(parameter -> parameter.value().addi(0.1));
            assertTrue(names(adapters).size() > before.size(), names(adapters).toString());
            assertEquals(
                    List.of("1 query", "0 query"),
                    ConditionCharts.of(UpdateCondition.ofAll(adapters)).names());
        }
    }

    private static List<String> names(AdapterSet adapters) {
        return ConditionCharts.of(UpdateCondition.ofAll(adapters)).series().stream()
                .map(Chart.Series::name)
                .toList();
    }
}
