package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.DoubleStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

class ChartsTest {

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
    void ends_areRoundAndBeyondTheValues(double low, double high, double first, double last) {
        assertArrayEquals(new double[] {first, last}, Charts.ends(low, high), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"0.7, 4.7, 0.1, 10", "2, 3, 1, 10", "1, 1, 1, 10", "1e-7, 0.4, 1e-7, 1", "10, 200, 10, 1000"})
    void decades_haveTwoLabelsAtLeast(double low, double high, double first, double last) {
        XYChart chart = new XYChartBuilder().build();
        Charts.decades(chart.getStyler(), DoubleStream.of(low, high).summaryStatistics());
        assertEquals(first, chart.getStyler().getYAxisMin(), first * 1e-12);
        assertEquals(last, chart.getStyler().getYAxisMax(), last * 1e-12);
    }
}
