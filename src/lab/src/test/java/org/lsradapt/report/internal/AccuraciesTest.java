package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.metrics.Resamples;
import org.lsradapt.data.metrics.WilsonInterval;
import org.lsradapt.finetuning.Usage;
import org.lsradapt.report.MethodResult;
import org.lsradapt.report.RunRecord;
import org.lsradapt.training.EvaluationResult;
import org.lsradapt.training.Predictions;
import org.lsradapt.training.TrainingResult;

class AccuraciesTest {

    /** Of examples half of which are ham and half spam, some are wrong: ham that is taken for spam. */
    private static MethodResult result(String method, long seed, int examples, int wrong) {
        List<Integer> right = new ArrayList<>(Collections.nCopies(examples / 2, 0));
        right.addAll(Collections.nCopies(examples / 2, 1));
        List<Integer> found = new ArrayList<>(right);
        Collections.fill(found.subList(0, wrong), 1);
        return result(
                method,
                seed,
                new Predictions(
                        List.of("ham", "spam"),
                        right,
                        found,
                        Collections.nCopies(found.size(), 0.75),
                        List.of(),
                        List.of()));
    }

    private static MethodResult result(String method, long seed, Predictions predictions) {
        Resamples resamples = Resamples.of(
                predictions.right().size(),
                rows -> Map.of(
                        "accuracy",
                        IntStream.of(rows)
                                .mapToDouble(row -> predictions
                                                .right()
                                                .get(row)
                                                .equals(predictions.found().get(row))
                                        ? 1
                                        : 0)
                                .average()
                                .orElseThrow()));
        return result(method, seed, predictions, resamples);
    }

    private static MethodResult result(String method, long seed, Predictions predictions, Resamples resamples) {
        Map<String, Double> metrics = Map.of("accuracy", 0.31, "f1", 0.29);
        TrainingResult training =
                new TrainingResult(List.of(new EvaluationResult(1, 10, 0.7, 1, metrics)), 0, List.of(), 0, false);
        return Records.result(method, seed, training, Optional.of(predictions), resamples);
    }

    private static RunRecord run(MethodResult... results) {
        return Records.run("own", "Own, MiniLM", "accuracy", List.of(results));
    }

    private static String describe(RunRecord run) {
        return Accuracies.of(run).orElseThrow().describe();
    }

    private static String report(RunRecord run) throws IOException {
        return RunReport.of(run, new Usage("predict", "predict();")).markdown();
    }

    /** Values of statsmodels' proportion_confint(method="wilson"), by its formula in exact fractions. */
    @Test
    void interval_isWilsons() {
        assertEquals(0.7864, WilsonInterval.of(0.9, 50).low(), 5e-5);
        assertEquals(0.9565, WilsonInterval.of(0.9, 50).high(), 5e-5);
        assertEquals("0.000 to 0.278", WilsonInterval.of(0, 10).toString());
        assertEquals("0.722 to 1.000", WilsonInterval.of(1, 10).toString());
    }

    @Test
    void describe_ofFewExamples_saysWhichTheyCannotDistinguish() {
        assertEquals(
                "Accuracy on 20 evaluation examples with 95 % confidence intervals (Wilson's; they account for the choice"
                        + " of examples, not of seeds): frozen 0.800 (0.584 to 0.919), lsr 0.900 (0.699 to 0.972). The accuracy of frozen lies in the interval of lsr (0.699 to"
                        + " 0.972): 20 examples are too few to tell lsr from frozen.",
                describe(run(result("frozen", 1, 20, 4), result("lsr", 1, 20, 2))));
        String majority = describe(run(result("lsr", 1, 6, 2)));
        assertTrue(majority.endsWith("6 examples are too few to tell lsr from the majority class."), majority);
        String none = describe(run(result("lora", 1, 6, 3), result("lsr", 1, 6, 2)));
        assertTrue(none.contains("The accuracies of lora and the majority class lie in the interval of lsr"), none);
    }

    @Test
    void describe_ofManyExamples_saysThatTheyDiffer_andSeedsAreAveraged() {
        String found =
                describe(run(result("frozen", 1, 2000, 400), result("lsr", 1, 2000, 190), result("lsr", 2, 2000, 210)));
        assertTrue(found.contains("lsr 0.900 (0.886 to 0.912)"), found);
        assertTrue(found.endsWith("No other accuracy lies in the interval of lsr (0.886 to 0.912)."), found);
    }

    @Test
    void report_hasEachClass() throws IOException {
        String report = report(run(result("frozen", 1, 20, 4), result("lsr", 1, 20, 2), result("lsr", 2, 20, 9)));
        String expected = """
                | method | class | precision | recall | F1 | support |
                | --- | --- | ---: | ---: | ---: | ---: |
                | frozen | ham | 1.0000 | 0.6000 | 0.7500 | 10 |
                | frozen | spam | 0.7143 | 1.0000 | 0.8333 | 10 |
                | lsr | ham | 1.0000 | 0.8000 | 0.8889 | 10 |
                | lsr | spam | 0.8333 | 1.0000 | 0.9091 | 10 |
                """;
        assertTrue(report.contains(expected), report);
        assertFalse(report.contains("Warning"), report);
    }

    @Test
    void report_ofAClassifierThatAnswersOneClass_warns_andItsOtherClassHasNoPrecision() throws IOException {
        RunRecord run = run(result("frozen", 1, 20, 2), result("lsr", 3, 20, 10));
        assertEquals(1, run.warnings().size());
        String report = report(run);
        assertTrue(
                report.contains("**Warning:** lsr, seed 3: the classifier answers \"spam\" for each of 20 evaluation"),
                report);
        assertTrue(report.contains("| lsr | ham | - | 0.0000 | 0.0000 | 10 |"), report);
    }

    @Test
    void report_ofAClassThatNoExampleHas_warnsThatItsF1IsNotMeasured() throws IOException {
        Predictions some = new Predictions(
                List.of("ham", "rare", "spam"), List.of(0, 2), List.of(0, 1), List.of(0.6, 0.7), List.of(), List.of());
        RunRecord run = run(result("lora", 1, some), result("lsr", 1, some));
        assertEquals(
                List.of(
                        "labels that no evaluation row has, whose F1 cannot be measured (the mean is over 2 of 3): rare",
                        "labels that occur fewer than 10 times in the evaluation data, whose scores are uncertain: ham (1), spam (1)"),
                run.warnings());
        String report = report(run);
        assertTrue(report.contains("**Warning:** labels that no evaluation row has"), report);
        assertTrue(report.contains("| lsr | rare | 0.0000 | - | - | 0 |"), report);
    }

    @Test
    void report_hasIntervalsOfMetrics_ofTheMeanOfSeeds_andNamesMetricsWithoutOne() throws IOException {
        String one = report(run(result("lsr", 1, 200, 20)));
        assertTrue(one.contains("| 0.3100 (0.860–0.940) |"), one);
        assertTrue(one.contains("2,000 bootstrap samples of the evaluation examples"), one);
        assertTrue(one.contains("There are no intervals of f1: they have"), one);
        String two = report(run(result("lsr", 1, 200, 20), result("lsr", 2, 200, 40)));
        assertTrue(two.contains("| 0.3100 ± 0.0000 (0.808–0.895) |"), two);
    }

    @Test
    void report_leavesOutClassesThatDoNotOccur() throws IOException {
        Predictions some = new Predictions(
                List.of("a", "b\nc", "d"), List.of(0, 1), List.of(0, 1), List.of(0.6, 0.7), List.of(), List.of());
        String report = report(run(result("lsr", 1, some)));
        assertTrue(report.contains("| lsr | b c | 1.0000 |"), report);
        assertFalse(report.contains("| lsr | d |"), report);
    }
}
