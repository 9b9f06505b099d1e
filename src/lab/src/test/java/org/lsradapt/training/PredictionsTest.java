package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.Task;
import org.lsradapt.tasks.official.Tasks;

class PredictionsTest {
    private static final List<String> LABELS = List.of("eggs", "ham", "spam", "toast");

    private static Predictions predictions(List<Integer> right, List<Integer> found) {
        return new Predictions(LABELS, right, found, Collections.nCopies(found.size(), 0.75), List.of(), List.of());
    }

    @Test
    void byClass_hasPrecisionRecallF1AndSupport() {
        Predictions some = predictions(List.of(0, 0, 0, 1, 1, 2), List.of(0, 0, 1, 1, 0, 0));
        List<Predictions.ClassScore> scores = some.byClass();
        assertEquals(new Predictions.ClassScore("eggs", 0.5, 2.0 / 3, 4.0 / 7, 3), scores.get(0));
        assertEquals(new Predictions.ClassScore("ham", 0.5, 0.5, 0.5, 2), scores.get(1));
        assertEquals(new Predictions.ClassScore("spam", Double.NaN, 0, 0, 1), scores.get(2));
        assertEquals(new Predictions.ClassScore("toast", Double.NaN, Double.NaN, Double.NaN, 0), scores.get(3));
        assertEquals(0.5, some.accuracy());
        assertEquals(0.5, some.majorityAccuracy());
    }

    @Test
    void warning_whereOneClassIsAllThatIsAnswered_saysWhich() {
        Predictions one = predictions(List.of(1, 1, 1, 2), List.of(1, 1, 1, 1));
        assertEquals(
                "the classifier answers \"ham\" for each of 4 evaluation examples, of which 3 are of that class: it tells no classes"
                        + " apart; balanced class weights, more epochs or another learning rate can help",
                one.warning().orElseThrow());
    }

    @Test
    void warning_ofOthers_isNone() {
        assertEquals(
                Optional.empty(),
                predictions(List.of(1, 1, 1, 2), List.of(1, 1, 2, 1)).warning());
        assertEquals(Optional.empty(), predictions(List.of(1, 1), List.of(1, 1)).warning(), "all are of that class");
    }

    @Test
    void of_aTask_takesTheLargestOutput_andTheFirstOfEqualOnes() {
        Task mnli = Tasks.named("mnli");
        List<Example> examples = Collections.nCopies(3, new Example("a", "b", new Label.Category(2)));
        double[][] outputs = {{0, 1, 2}, {3, 3, 1}, {1, 4, 4}};
        assertEquals(
                List.of(2, 0, 1),
                Predictions.of(mnli, examples, outputs).orElseThrow().found());
        assertEquals(
                mnli.labels(),
                Predictions.of(mnli, examples, outputs).orElseThrow().labels());
    }

    @Test
    void of_aRegressionOrQuestions_isNone() {
        assertFalse(Predictions.of(
                        Tasks.named("stsb"), List.of(new Example("a", "b", new Label.Category(2))), new double[][] {{2}
                        })
                .isPresent());
        Example alternative = new Example("a", "b", new Label.Category(1), 0);
        assertFalse(Predictions.of(Tasks.named("copa"), List.of(alternative), new double[][] {{2, 1}})
                .isPresent());
        assertTrue(Predictions.of(
                        Tasks.named("rte"),
                        List.of(new Example("a", "b", new Label.Category(1))),
                        new double[][] {{2, 1}})
                .isPresent());
    }
}
