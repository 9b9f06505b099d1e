package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
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
        RunRecord run = Records.run("cola", "CoLA, MiniLM", "matthews", List.of(Records.result("lsr", 1, training)));
        assertEquals("CoLA, MiniLM: training loss by epoch", loss(run).title());
        assertEquals(
                "CoLA, MiniLM: matthews by epoch",
                LearningCurves.charts(run).get(1).title());
        assertEquals(
                List.of(0.31, 0.42),
                LearningCurves.charts(run).get(1).series().get(0).points().stream()
                        .map(Chart.Point::y)
                        .toList());
    }

    private static MethodResult result(long seed, EvaluationResult... evaluations) {
        TrainingResult training = new TrainingResult(List.of(evaluations), 0, List.of(), 0, evaluations.length == 2);
        return Records.result("lsr", seed, training);
    }

    private static EvaluationResult evaluation(int step, double loss) {
        return new EvaluationResult(1 + step / 12, step, loss, 1, Map.of("matthews", 0.3));
    }

    @Test
    void loss_evaluationsEverySoManySteps_isByStepOverTheSeedsThatGotSoFar() {
        RunRecord run = Records.run(
                "cola",
                "CoLA, MiniLM",
                "matthews",
                List.of(
                        result(1, evaluation(4, 0.7), evaluation(8, 0.6)),
                        result(2, evaluation(4, 0.5), evaluation(8, 0.4), evaluation(12, 0.3))));
        assertEquals("CoLA, MiniLM: training loss by step", loss(run).title());
        List<Chart.Point> points = loss(run).series().get(0).points();
        assertArrayEquals(
                new double[] {4, 8, 12},
                points.stream().mapToDouble(Chart.Point::x).toArray());
        assertArrayEquals(
                new double[] {0.6, 0.5, 0.3},
                points.stream().mapToDouble(Chart.Point::y).toArray(),
                1e-12);
        assertEquals(Math.sqrt(0.02), points.get(0).spread(), 1e-12);
    }

    @Test
    void methodsWithRanks_haveColoursOfTheirOwn() {
        TrainingResult training = new TrainingResult(List.of(evaluation(4, 0.7)), 0, List.of(), 0, false);
        List<String> methods = List.of("frozen", "lora:1", "lora:8", "lsr:2");
        RunRecord run = Records.run(
                "cola",
                "CoLA, MiniLM",
                "matthews",
                methods.stream()
                        .map(method -> Records.result(method, 1, training))
                        .toList());
        assertEquals(
                4,
                loss(run).series().stream().map(Chart.Series::look).distinct().count());
    }

    private static Chart loss(RunRecord run) {
        return LearningCurves.charts(run).get(0);
    }
}
