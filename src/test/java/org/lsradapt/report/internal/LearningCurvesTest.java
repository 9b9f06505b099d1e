package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
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
                Optional.empty(),
                Map.of(),
                List.of(new MethodResult("lsr", 1, List.of(), 0, 770, training)));
        assertEquals("CoLA, MiniLM: training loss by epoch", LearningCurves.loss(run).getTitle());
        assertEquals("CoLA, MiniLM: matthews by epoch", LearningCurves.metric(run).getTitle());
        assertArrayEquals(
                new double[] {0.31, 0.42}, LearningCurves.metric(run).getSeriesMap().get("lsr").getYData());
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
                Optional.empty(),
                Map.of(),
                List.of(
                        result(1, evaluation(4, 0.7), evaluation(8, 0.6)),
                        result(2, evaluation(4, 0.5), evaluation(8, 0.4), evaluation(12, 0.3))));
        assertEquals("CoLA, MiniLM: training loss by step", LearningCurves.loss(run).getTitle());
        XYSeries series = LearningCurves.loss(run).getSeriesMap().get("lsr");
        assertArrayEquals(new double[] {4, 8, 12}, series.getXData());
        assertArrayEquals(new double[] {0.6, 0.5, 0.3}, series.getYData(), 1e-12);
    }

    @Test
    void methodsWithRanks_haveColoursOfTheirOwn() {
        TrainingResult training = new TrainingResult(List.of(evaluation(4, 0.7)), 0, List.of(), 0, false);
        List<String> methods = List.of("frozen", "lora:1", "lora:8", "lsr:2");
        RunRecord run = new RunRecord(
                "cola", "minilm", "CoLA, MiniLM", "matthews", Optional.empty(), Map.of(),
                methods.stream().map(method -> new MethodResult(method, 1, List.of(), 0, 770, training)).toList());
        Map<String, XYSeries> series = LearningCurves.loss(run).getSeriesMap();
        assertEquals(
                4, methods.stream().map(method -> series.get(method).getLineColor()).distinct().count());
    }
}
