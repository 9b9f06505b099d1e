package org.lsradapt.tasks.official;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.LabelledData;
import org.lsradapt.data.LabelledText;
import org.lsradapt.data.Task;

class EvaluateTest {

    private static final double ROUNDING = 1e-12;

    @Test
    void evaluate_mrpc_givesAccuracyThenF1() {
        // Predictions 1, 1, 0, 0.
        Map<String, Double> metrics =
                Tasks.named("mrpc").evaluate(labelled(1, 0, 0, 1), new double[][] {{0, 1}, {-2, -1}, {3, 2}, {1, 0}});
        assertEquals(List.of("accuracy", "f1"), List.copyOf(metrics.keySet()));
        assertEquals(0.5, metrics.get("accuracy"), ROUNDING);
        assertEquals(0.5, metrics.get("f1"), ROUNDING);
    }

    @Test
    void compare_theFirstMetricThatDiffers_decides() {
        Task mrpc = Tasks.named("mrpc");
        Map<String, Double> first = Map.of("accuracy", 0.9, "f1", 0.784);
        Map<String, Double> second = Map.of("accuracy", 0.9, "f1", 0.82);
        assertEquals(-1, mrpc.compare(first, second));
        assertEquals(1, mrpc.compare(second, first));
        assertEquals(0, mrpc.compare(first, first));
        assertEquals(1, mrpc.compare(Map.of("accuracy", 0.95, "f1", 0.1), second));
    }

    /** Of a model that says what most rows are, and one that finds the rare class too, own data has the latter be better. */
    @Test
    void compare_ownDataOfUnequalClasses_prefersWhatFindsTheRareOne() {
        List<LabelledText> rows = IntStream.range(0, 10)
                .mapToObj(i -> LabelledText.of("text " + i, i < 9 ? "ham" : "spam"))
                .toList();
        LabelledData data = LabelledData.classification(rows).dev(rows).read();
        double[][] majority = new double[10][];
        double[][] finding = new double[10][];
        for (int i = 0; i < 10; i++) {
            majority[i] = new double[] {1, 0};
            finding[i] = new double[] {i < 7 ? 1 : 0, i < 7 ? 0 : 1};
        }
        Task task = data.task();
        Map<String, Double> of9 = task.evaluate(data.evaluation(), majority);
        Map<String, Double> of8 = task.evaluate(data.evaluation(), finding);
        assertTrue(of9.get("accuracy") > of8.get("accuracy"));
        assertTrue(task.compare(of8, of9) > 0);
    }

    @Test
    void compare_meanAbsoluteError_isBetterSmaller() {
        List<LabelledText> rows = List.of(LabelledText.of("a", 1), LabelledText.of("b", 2));
        Task task = LabelledData.regression(rows).dev(rows).read().task();
        Map<String, Double> near = Map.of("pearson", 1.0, "spearman", 1.0, "mae", 0.5);
        Map<String, Double> far = Map.of("pearson", 1.0, "spearman", 1.0, "mae", 2.0);
        assertTrue(task.compare(near, far) > 0);
    }

    @Test
    void evaluate_cb_givesMacroF1() {
        // Predictions 0, 1, 1: F1 of the classes 1, 2/3, 0.
        Map<String, Double> metrics =
                Tasks.named("cb").evaluate(labelled(0, 1, 2), new double[][] {{2, 1, 0}, {0, 2, 1}, {0, 2, 1}});
        assertEquals((1 + 2.0 / 3 + 0) / 3, metrics.get("f1"), ROUNDING);
        assertEquals(2.0 / 3, metrics.get("accuracy"), ROUNDING);
    }

    @Test
    void evaluate_cola_givesMatthews() {
        assertEquals(Map.of("matthews", -1.0), Tasks.named("cola").evaluate(labelled(0, 1), new double[][] {
            {0, 1}, {1, 0}
        }));
    }

    @Test
    void evaluate_regression_correlatesTheValues() {
        Map<String, Double> metrics =
                Tasks.named("stsb").evaluate(valued(0, 2.5, 5), new double[][] {{1}, {10}, {1000}});
        assertEquals(List.of("pearson", "spearman"), List.copyOf(metrics.keySet()));
        assertEquals(1, metrics.get("spearman"), ROUNDING);
        // Centered truth -2.5, 0, 2.5; covariance sum 2.5 * 999; prediction squares around the mean 337.
        double squares = 336.0 * 336 + 327.0 * 327 + 663.0 * 663;
        assertEquals(2.5 * 999 / Math.sqrt(12.5 * squares), metrics.get("pearson"), ROUNDING);
    }

    @Test
    void evaluate_equalLogits_chooseTheFirstClass() {
        assertEquals(Map.of("accuracy", 1.0), Tasks.named("mnli").evaluate(labelled(0, 1), new double[][] {
            {1, 1, 1}, {0, 2, 2}
        }));
    }

    @Test
    void evaluate_copa_comparesAlternativesNotRows() {
        List<Example> examples = List.of(
                new Example("p because", "a", new Label.Category(1), 0),
                        new Example("p because", "b", new Label.Category(0), 0),
                new Example("q so", "c", new Label.Category(0), 1), new Example("q so", "d", new Label.Category(1), 1));
        // Each row by itself would be class 1. Differences 1, 2: wrong; 3, 4: right.
        double[][] outputs = {{0, 1}, {5, 7}, {-2, 1}, {1, 5}};
        assertEquals(Map.of("accuracy", 0.5), Tasks.named("copa").evaluate(examples, outputs));
    }

    @Test
    void evaluate_copaRowsApart_stillFormQuestions() {
        List<Example> examples = List.of(
                new Example("p", "a", new Label.Category(1), 7), new Example("q", "c", new Label.Category(0), 3),
                new Example("p", "b", new Label.Category(0), 7), new Example("q", "d", new Label.Category(1), 3));
        double[][] outputs = {{0, 2}, {0, 9}, {0, 1}, {0, 10}};
        assertEquals(Map.of("accuracy", 1.0), Tasks.named("copa").evaluate(examples, outputs));
    }

    @Test
    void evaluate_copaTie_choosesTheFirstAlternative() {
        List<Example> examples = List.of(
                new Example("p", "a", new Label.Category(1), 0), new Example("p", "b", new Label.Category(0), 0));
        assertEquals(Map.of("accuracy", 1.0), Tasks.named("copa").evaluate(examples, new double[][] {{0, 1}, {2, 3}}));
    }

    @Test
    void evaluate_question_needsExactlyOneRightAlternative() {
        List<Example> none = List.of(
                new Example("p", "a", new Label.Category(0), 4), new Example("p", "b", new Label.Category(0), 4));
        assertEquals(
                "evaluate copa: the question with group 4 has 2 alternatives of which 0 are right, "
                        + "expected exactly 1",
                refusal("copa", none, new double[2][2]));
        List<Example> both = List.of(
                new Example("p", "a", new Label.Category(1), 4), new Example("p", "b", new Label.Category(1), 4));
        assertEquals(
                "evaluate copa: the question with group 4 has 2 alternatives of which 2 are right, "
                        + "expected exactly 1",
                refusal("copa", both, new double[2][2]));
    }

    @Test
    void evaluate_sizesThatDisagree_areRefused() {
        assertEquals(
                "evaluate rte: 2 examples and 1 outputs, expected as many, at least 1",
                refusal("rte", labelled(0, 1), new double[1][2]));
        assertEquals(
                "evaluate rte: 0 examples and 0 outputs, expected as many, at least 1",
                refusal("rte", List.of(), new double[0][2]));
        assertEquals(
                "evaluate mnli: outputs[1] has length 2, expected 3", refusal("mnli", labelled(0, 1), new double[][] {
                    {1, 2, 3}, {1, 2}
                }));
        assertEquals(
                "evaluate stsb: outputs[0] has length 2, expected 1", refusal("stsb", valued(0), new double[1][2]));
    }

    @Test
    void evaluate_valuesThatCannotBe_areRefused() {
        assertEquals(
                "evaluate rte: outputs[1] holds NaN, expected finite numbers",
                refusal("rte", labelled(0, 1), new double[][] {{1, 2}, {1, Double.NaN}}));
        assertEquals(
                "evaluate rte: examples[0] has no label",
                refusal("rte", List.of(new Example("text", null)), new double[1][2]));
        assertEquals(
                "evaluate rte: examples[1] has as its label class 2, expected a class from 0 to 1",
                refusal("rte", labelled(0, 2), new double[2][2]));
        assertEquals(
                "evaluate rte: examples[0] has as its label value 0.5, expected a class from 0 to 1",
                refusal("rte", valued(0.5), new double[1][2]));
    }

    @Test
    void evaluate_groupsInPart_areRefused() {
        List<Example> examples =
                List.of(new Example("p", "a", new Label.Category(1), 0), new Example("p", "b", new Label.Category(0)));
        assertEquals(
                "evaluate copa: examples[0] has group 0, examples[1] has -1, expected a group for all "
                        + "rows or for none",
                refusal("copa", examples, new double[2][2]));
        assertEquals(
                "evaluate mnli: examples[0] has group 0, but questions need a task of two classes",
                refusal("mnli", List.of(new Example("p", "a", new Label.Category(1), 0)), new double[1][3]));
    }

    @Test
    void evaluate_result_cannotBeModified() {
        Map<String, Double> metrics = Tasks.named("rte").evaluate(labelled(0), new double[1][2]);
        assertThrows(UnsupportedOperationException.class, () -> metrics.put("f1", 1.0));
    }

    private static List<Example> labelled(int... labels) {
        return Arrays.stream(labels)
                .mapToObj(label -> new Example("text", null, new Label.Category(label)))
                .toList();
    }

    private static List<Example> valued(double... values) {
        return Arrays.stream(values)
                .mapToObj(value -> new Example("text", null, new Label.Value(value)))
                .toList();
    }

    private static String refusal(String task, List<Example> examples, double[][] outputs) {
        return assertThrows(
                        IllegalArgumentException.class, () -> Tasks.named(task).evaluate(examples, outputs))
                .getMessage();
    }
}
