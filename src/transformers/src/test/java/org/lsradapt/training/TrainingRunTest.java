package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.training.examples.LongExampleException;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.training.settings.TrainingPlan;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** When a run steps, evaluates and stops, on a small causal model. */
class TrainingRunTest {
    private static final Backend BACKEND = Backends.standard();

    private final List<String> told = new ArrayList<>();
    private final List<TrainingPlan> plans = new ArrayList<>();
    private final List<TrainingResult> ends = new ArrayList<>();
    private final TrainingListener listener = new TrainingListener() {
        @Override
        public void started(TrainingPlan plan) {
            plans.add(plan);
        }

        @Override
        public void ended(TrainingResult result) {
            ends.add(result);
        }

        @Override
        public void stepped(int step, int steps, double loss) {
            told.add(step + "/" + steps);
        }

        @Override
        public void evaluated(EvaluationResult result, boolean best) {
            told.add((best ? "best" : "worse") + " in " + result.epoch());
        }

        @Override
        public void stoppedEarly(EvaluationResult last, int patience) {
            told.add("stopped at " + last.step() + " after " + patience);
        }
    };

    private static List<TrainingExample> examples(int... lengths) {
        Random random = new Random(2);
        return IntStream.of(lengths)
                .mapToObj(n -> TrainingExample.of(
                        new TokenSequence(random.ints(n, 0, 31).toArray(), new int[n], 1 + n / 4)))
                .toList();
    }

    private static AdaptedModel model(DataType type) {
        TransformerWeights weights = SmallModel.LLAMA.weights(type);
        LsrConfig config = LsrConfig.builder().separationRank(2).build();
        AdapterSet adapters = AdapterSet.create(weights.linearLayers(), config, BACKEND);
        return new AdaptedModel(weights, adapters, new NextTokenObjective(weights, BACKEND), BACKEND);
    }

    private static INDArray values(AdaptedModel model) {
        return model.trainable().get(0).value();
    }

    /** Gives one score after the other, and keeps the parameters that had each. */
    private static final class Scripted implements Evaluation {
        private final double[] scores;
        private final List<INDArray> parameters = new ArrayList<>();

        Scripted(double... scores) {
            this.scores = scores;
        }

        @Override
        public String primaryMetric() {
            return "score";
        }

        @Override
        public boolean higherIsBetter() {
            return false;
        }

        @Override
        public Map<String, Double> evaluate(AdaptedModel model) {
            parameters.add(values(model).dup());
            return Map.of("score", scores[parameters.size() - 1]);
        }
    }

    @Test
    void run_patience_stopsAndRestoresTheBest() {
        AdaptedModel model = model(DataType.FLOAT);
        Scripted scores = new Scripted(3, 2, 2.5, 2, 1);
        TrainingConfig config = TrainingConfig.builder()
                .epochs(5)
                .batchSize(4)
                .patience(2)
                .headSteps(9)
                .build();
        TrainingResult result = new Trainer(model, config, listener).run(examples(4, 5, 6), scores);
        assertEquals(
                List.of(
                        "1/5",
                        "best in 1",
                        "2/5",
                        "best in 2",
                        "3/5",
                        "worse in 3",
                        "4/5",
                        "best in 4",
                        "stopped at 4 after 2"),
                told);
        assertEquals(List.of(new TrainingPlan(3, 5, 0, 0, 5)), plans, "no head, so that it has no steps of its own");
        assertEquals(List.of(result), ends);
        assertTrue(result.stoppedEarly(), "a lower training loss with an equal score is no reason to go on");
        assertEquals(4, result.evaluations().size());
        assertEquals(4, result.best().epoch());
        assertTrue(result.best().loss() < result.evaluations().get(1).loss());
        assertEquals(scores.parameters.get(3), values(model));
        assertNotEquals(scores.parameters.get(1), values(model));
    }

    private static TrainingResult run(double learningRate, Evaluation evaluation) {
        TrainingConfig config = TrainingConfig.builder()
                .epochs(4)
                .batchSize(4)
                .learningRate(learningRate)
                .build();
        return new Trainer(model(DataType.FLOAT), config).run(examples(4, 5, 6), evaluation);
    }

    /** Gives the rows of a table, one for each call. */
    private static Function<AdaptedModel, Map<String, Double>> rows(double[]... rows) {
        Iterator<double[]> left = List.of(rows).iterator();
        return model -> {
            double[] row = left.next();
            return Map.of("accuracy", row[0], "f1", row[1], "other", row[2]);
        };
    }

    @Test
    void run_ofEqualPrimaryMetrics_theNextMetricDecides_andOthersDoNot() {
        Evaluation evaluation = Evaluation.of(
                List.of("accuracy", "f1"),
                Stream::empty,
                rows(
                        new double[] {0.9, 0.784, 9},
                        new double[] {0.9, 0.82, 0},
                        new double[] {0.9, 0.8, 9},
                        new double[] {0.8, 1, 9}));
        assertEquals(2, run(1e-3, evaluation).best().epoch());
    }

    @Test
    void run_ofEqualMetrics_theLowerTrainingLossDecides() {
        double[] same = {0.9, 0.8, 0};
        for (double learningRate : new double[] {1e-3, 30}) {
            TrainingResult result = run(learningRate, Evaluation.of("accuracy", rows(same, same, same, same)));
            double least = result.evaluations().stream()
                    .mapToDouble(EvaluationResult::loss)
                    .min()
                    .orElseThrow();
            assertEquals(least, result.best().loss());
            assertEquals(
                    learningRate == 30, result.best().epoch() != result.last().epoch());
        }
    }

    @Test
    void evaluation_withoutAChoosingMetric_isRefused() {
        assertEquals(
                "evaluation: the metrics are [score], expected one named f1",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> run(
                                        1e-3,
                                        Evaluation.of(
                                                List.of("score", "f1"), Stream::empty, model -> Map.of("score", 1.0))))
                        .getMessage());
    }

    @Test
    void run_patienceRunsOutInTheLastStep_isNotEarly() {
        TrainingConfig config =
                TrainingConfig.builder().epochs(2).batchSize(4).patience(1).build();
        TrainingResult result =
                new Trainer(model(DataType.FLOAT), config, listener).run(examples(4, 5, 6), new Scripted(1, 2));
        assertFalse(result.stoppedEarly());
        assertEquals(List.of("1/2", "best in 1", "2/2", "worse in 2"), told);
    }

    @Test
    void run_evaluateEvery_evaluatesAfterSoManyStepsAndAtTheEnd() {
        TrainingConfig config =
                TrainingConfig.builder().epochs(2).batchSize(2).evaluateEvery(3).build();
        TrainingResult result =
                new Trainer(model(DataType.FLOAT), config).run(examples(4, 5, 6, 7), new Scripted(5, 4));
        assertEquals(
                List.of(3, 4),
                result.evaluations().stream().map(EvaluationResult::step).toList());
        assertEquals(
                List.of(2, 2),
                result.evaluations().stream().map(EvaluationResult::epoch).toList());
        List<Double> losses = new ArrayList<>();
        TrainingListener each = new TrainingListener() {
            @Override
            public void stepped(int step, int steps, double loss) {
                losses.add(loss);
            }
        };
        TrainingResult single = new Trainer(
                        model(DataType.FLOAT),
                        config.toBuilder().evaluateEvery(1).build(),
                        each)
                .run(examples(4, 5, 6, 7), new Scripted(4, 3, 2, 1));
        assertEquals(
                losses,
                single.evaluations().stream().map(EvaluationResult::loss).toList());
        assertEquals(losses.get(3), result.last().loss(), 1e-6, "the loss since the last evaluation");
    }

    /** Examples of unequal weight, a last step of fewer, and dropout. */
    @Test
    void run_accumulatedBatches_areOneLargeBatch() {
        List<TrainingExample> examples = examples(4, 9, 2, 7, 5, 3, 8, 6);
        TrainingConfig large = TrainingConfig.builder()
                .epochs(2)
                .batchSize(6)
                .learningRate(0.01)
                .dropout(0.2)
                .build();
        AdaptedModel expected = model(DataType.DOUBLE);
        TrainingResult once = new Trainer(expected, large).run(examples, new Scripted(2, 1));
        AdaptedModel actual = model(DataType.DOUBLE);
        TrainingConfig parts = large.toBuilder().batchSize(2).accumulate(3).build();
        TrainingResult accumulated = new Trainer(actual, parts, listener).run(examples, new Scripted(2, 1));
        assertEquals("4/4", told.get(told.size() - 2), "optimizer steps");
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    once.evaluations().get(i).loss(),
                    accumulated.evaluations().get(i).loss(),
                    1e-9);
        }
        assertTrue(RandomArrays.relativeError(values(expected), values(actual)) < 1e-8);
    }

    @Test
    void run_dropout_changesTrainingAndIsOffAfterwards() {
        List<TrainingExample> examples = examples(4, 9, 2, 7, 5, 3);
        TrainingConfig config = TrainingConfig.builder()
                .epochs(2)
                .learningRate(0.02)
                .dropout(0.3)
                .build();
        AdaptedModel dropped = model(DataType.FLOAT);
        Scripted scores = new Scripted(2, 1);
        TrainingResult first = new Trainer(dropped, config).run(examples, scores);
        TrainingResult again = new Trainer(model(DataType.FLOAT), config).run(examples, new Scripted(2, 1));
        assertEquals(first.last().loss(), again.last().loss());
        TrainingResult without = new Trainer(
                        model(DataType.FLOAT), config.toBuilder().dropout(0).build())
                .run(examples, new Scripted(2, 1));
        assertNotEquals(without.last().loss(), first.last().loss());
        List<ModelInput> tokens =
                examples.stream().map(one -> one.sequences().get(0)).toList();
        double loss = Math.log(Evaluation.nextToken(tokens).evaluate(dropped).get("perplexity"));
        assertEquals(loss, dropped.lossAndGradients(tokens, Collections.nCopies(6, Target.OWN)), 1e-5);
    }

    @Test
    void split_tokensAndExamples_boundEachPart() {
        List<Integer> lengths = List.of(4, 4, 3, 5, 9, 1, 1, 1, 1);
        assertEquals(
                List.of(List.of(4, 4), List.of(3, 5), List.of(9), List.of(1, 1, 1), List.of(1)),
                Batches.split(lengths, n -> n, 3, 8));
        assertEquals(
                List.of(List.of(4, 4, 3, 5), List.of(9, 1, 1, 1), List.of(1)), Batches.split(lengths, n -> n, 4, 0));
    }

    @Test
    void run_batchTokens_countsStepsAheadForEveryOrder() {
        List<TrainingExample> examples = examples(4, 9, 2, 7, 5, 3, 8, 11, 6, 10);
        TrainingConfig config =
                TrainingConfig.builder().epochs(3).batchSize(4).batchTokens(12).build();
        new Trainer(model(DataType.FLOAT), config, listener).run(examples, new Scripted(3, 2, 1));
        List<String> steps = told.stream().filter(line -> line.contains("/")).toList();
        assertTrue(steps.size() >= 3 * 6, steps::toString);
        assertEquals(steps.size() + "/" + steps.size(), steps.get(steps.size() - 1));
        TrainingConfig small = config.toBuilder().batchTokens(10).build();
        String message = assertThrows(
                        LongExampleException.class,
                        () -> new Trainer(model(DataType.FLOAT), small).run(examples, new Scripted()))
                .getMessage();
        assertEquals(
                "training: example 7 has 11 tokens, a batch may have 10; expected batch tokens of at least the longest"
                        + " example's, or a smaller max length",
                message);
    }

    @Test
    void run_nextToken_lowersThePerplexity() {
        List<TrainingExample> examples = examples(6, 9, 5, 7);
        Evaluation evaluation = Evaluation.nextToken(
                examples.stream().map(one -> one.sequences().get(0)).toList());
        AdaptedModel model = model(DataType.FLOAT);
        double before = evaluation.evaluate(model).get("perplexity");
        TrainingConfig config =
                TrainingConfig.builder().epochs(20).learningRate(0.02).build();
        TrainingResult result = new Trainer(model, config).run(examples, evaluation);
        double after = result.best().metrics().get("perplexity");
        assertTrue(after < 0.8 * before, after + " after " + before);
        assertTrue(result.evaluations().stream().allMatch(e -> e.metrics().get("perplexity") >= after));
        assertEquals(result.best().metrics(), evaluation.evaluate(model));
    }

    @Test
    void run_nothingToPredict_isRefused() {
        TokenSequence given = new TokenSequence(new int[] {1, 2}, new int[2], 2);
        String message = assertThrows(
                        IllegalArgumentException.class,
                        () -> new Trainer(model(DataType.FLOAT), TrainingConfig.defaults())
                                .run(List.of(TrainingExample.of(given)), new Scripted()))
                .getMessage();
        assertEquals("training: example 0 has no token to predict, expected at least one", message);
        assertThrows(IllegalArgumentException.class, () -> Evaluation.nextToken(List.of(given)));
    }

    @Test
    void toString_hasTheSettingsThatAreNotTheDefaults() {
        assertEquals("TrainingConfig[defaults]", TrainingConfig.defaults().toString());
        assertEquals(
                "TrainingConfig[epochs 7, learning rate 0.01, checkpointing true]",
                TrainingConfig.builder()
                        .epochs(7)
                        .learningRate(1e-2)
                        .checkpointing(true)
                        .batchSize(32)
                        .build()
                        .toString());
    }

    @Test
    void toBuilder_changesOneSettingAlone() {
        TrainingConfig config =
                TrainingConfig.builder().epochs(7).patience(3).dropout(0.1).build();
        TrainingConfig other = config.toBuilder().seed(9).build();
        assertEquals(7, other.epochs());
        assertEquals(3, other.patience());
        assertEquals(0.1, other.dropout());
        assertEquals(9, other.seed());
        assertEquals(2e-3, other.learningRate());
        assertTrue(other.monitor().isEmpty());
    }
}
