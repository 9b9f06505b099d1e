package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.TrainingResult;

class LearningCurvesTest {

    @Test
    void charts_sayWhatOfWhatTheyShow() {
        TrainingResult training = new TrainingResult(
                List.of(
                        new EvaluationResult(1, 10, 0.7, 1, Map.of("matthews", 0.31)),
                        new EvaluationResult(2, 20, 0.5, 1, Map.of("matthews", 0.42))),
                1,
                List.of(),
                0,
                false);
        RunRecord run = new RunRecord(
                "cola",
                "minilm",
                "CoLA, MiniLM",
                "matthews",
                List.of(),
                Map.of(),
                List.of(new MethodResult("lsr", 1, List.of(), 0, 770, training)));
        assertEquals(
                "CoLA, MiniLM: training loss by epoch", LearningCurves.loss(run).getTitle());
        assertEquals(
                "CoLA, MiniLM: matthews by epoch", LearningCurves.metric(run).getTitle());
        assertArrayEquals(
                new double[] {0.31, 0.42},
                LearningCurves.metric(run).getSeriesMap().get("lsr").getYData());
    }

    private static MethodResult result(long seed, EvaluationResult... evaluations) {
        TrainingResult training = new TrainingResult(List.of(evaluations), 0, List.of(), 0, evaluations.length == 2);
        return new MethodResult("lsr", seed, List.of(), 0, 770, training);
    }

    private static EvaluationResult evaluation(int step, double loss) {
        return new EvaluationResult(1 + step / 12, step, loss, 1, Map.of("matthews", 0.3));
    }

    @Test
    void loss_evaluationsEverySoManySteps_isByStepOverTheSeedsThatGotSoFar() {
        RunRecord run = new RunRecord(
                "cola",
                "minilm",
                "CoLA, MiniLM",
                "matthews",
                List.of(),
                Map.of(),
                List.of(
                        result(1, evaluation(4, 0.7), evaluation(8, 0.6)),
                        result(2, evaluation(4, 0.5), evaluation(8, 0.4), evaluation(12, 0.3))));
        assertEquals(
                "CoLA, MiniLM: training loss by step", LearningCurves.loss(run).getTitle());
        XYSeries series = LearningCurves.loss(run).getSeriesMap().get("lsr");
        assertArrayEquals(new double[] {4, 8, 12}, series.getXData());
        assertArrayEquals(new double[] {0.6, 0.5, 0.3}, series.getYData(), 1e-12);
    }

    @Test
    void methodsWithRanks_haveColoursOfTheirOwn() {
        TrainingResult training = new TrainingResult(List.of(evaluation(4, 0.7)), 0, List.of(), 0, false);
        List<String> methods = List.of("frozen", "lora:1", "lora:8", "lsr:2");
        RunRecord run = new RunRecord(
                "cola",
                "minilm",
                "CoLA, MiniLM",
                "matthews",
                List.of(),
                Map.of(),
                methods.stream()
                        .map(method -> new MethodResult(method, 1, List.of(), 0, 770, training))
                        .toList());
        Map<String, XYSeries> series = LearningCurves.loss(run).getSeriesMap();
        assertEquals(
                4,
                methods.stream()
                        .map(method -> series.get(method).getLineColor())
                        .distinct()
                        .count());
    }

    private static RunRecord run(MethodResult... results) {
        return new RunRecord("cola", "minilm", "CoLA, MiniLM", "matthews", List.of(), Map.of(), List.of(results));
    }

    private static MethodResult curve(String method, double... losses) {
        List<EvaluationResult> evaluations = IntStream.range(0, losses.length)
                .mapToObj(i -> new EvaluationResult(1 + i, 10 + 10 * i, losses[i], 1, Map.of("matthews", 0.3)))
                .toList();
        return new MethodResult(method, 1, List.of(), 0, 770, new TrainingResult(evaluations, 0, List.of(), 0, false));
    }

    /** Which hide each other if they are equally broad. */
    @Test
    void linesThatCoincide_areBroaderBelow() {
        Map<String, XYSeries> series = LearningCurves.loss(
                        run(curve("frozen", 0.5, 0.4, 0.3), curve("lora", 0.5, 0.4, 0.2), curve("lsr", 0.6, 0.4, 0.2)))
                .getSeriesMap();
        assertEquals(5.5f, series.get("frozen").getLineWidth(), "lora is on the first part of it");
        assertEquals(5.5f, series.get("lora").getLineWidth(), "lsr is on the second part of it");
        assertEquals(2.5f, series.get("lsr").getLineWidth());
        assertEquals(
                3,
                List.of("frozen", "lora", "lsr").stream()
                        .map(name -> series.get(name).getMarker())
                        .distinct()
                        .count());
        XYChart metric = LearningCurves.metric(run(curve("frozen", 3, 2), curve("lora", 2, 1), curve("lsr", 1, 0)));
        assertEquals(8.5f, metric.getSeriesMap().get("frozen").getLineWidth());
    }

    private static double[] y(XYChart chart) {
        return new double[] {chart.getStyler().getYAxisMin(), chart.getStyler().getYAxisMax()};
    }

    /** XChart labels values alone that are equally spaced, as two are, and one alone. */
    @Test
    void axis_hasRoundLabels_whereverThePointsAre() {
        for (double[] losses : new double[][] {{0.565877}, {0.92, 0.565877}, {0.7, 0.7, 0.7}, {0.92, 0.72, 0.52}}) {
            XYChart chart = LearningCurves.loss(run(curve("lsr", losses)));
            double[] all =
                    Arrays.copyOf(chart.getSeriesMap().get(LearningCurves.SCALE).getYData(), 3);
            assertArrayEquals(y(chart), Arrays.copyOf(all, 2));
            assertTrue(y(chart)[0] <= Arrays.stream(losses).min().orElseThrow() && y(chart)[0] < y(chart)[1]);
            assertNotEquals(all[1] - all[0], all[2] - all[1], 0.1 * (all[1] - all[0]));
            assertFalse(chart.getSeriesMap().get(LearningCurves.SCALE).isShowInLegend());
        }
    }
}
