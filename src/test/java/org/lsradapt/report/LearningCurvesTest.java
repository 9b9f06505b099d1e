package org.lsradapt.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
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
                List.of(new MethodResult("lsr", 1, List.of(), 770, training)));
        assertEquals("CoLA, MiniLM: training loss by epoch", LearningCurves.loss(run).getTitle());
        assertEquals("CoLA, MiniLM: matthews by epoch", LearningCurves.metric(run).getTitle());
        assertArrayEquals(
                new double[] {0.31, 0.42}, LearningCurves.metric(run).getSeriesMap().get("lsr").getYData());
    }
}
