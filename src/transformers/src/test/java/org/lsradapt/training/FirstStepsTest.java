package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.InPlaceMerge;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class FirstStepsTest {
    private static final Backend BACKEND = Backends.standard();
    private static final LsrConfig ADAPTERS =
            LsrConfig.builder().separationRank(3).bottleneckRank(4).build();

    private final TransformerWeights weights = SmallModel.BERT.weights(DataType.DOUBLE);
    private final SequenceHead head = new SequenceHead(weights, 2, 3);
    private final List<TrainingExample> train = examples();

    private static List<TrainingExample> examples() {
        Random random = new Random(1);
        List<TrainingExample> examples = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            int[] ids = random.ints(2 + random.nextInt(4), 1, 31).toArray();
            examples.add(
                    new TrainingExample(new TokenSequence(ids, new int[ids.length]), new Target.Category(ids[0] % 2)));
        }
        return examples;
    }

    private AdapterSet adapters(LsrConfig config) {
        return AdapterSet.create(
                LayerSelector.suffixes(List.of("query", "value")).select(weights.linearLayers()), config, BACKEND);
    }

    private AdaptedModel model(AdapterSet adapters) {
        return new AdaptedModel(weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND);
    }

    private static TrainingConfig config(int headSteps) {
        return TrainingConfig.builder()
                .batchSize(8)
                .headSteps(headSteps)
                .seed(5)
                .build();
    }

    @Test
    void start_trainsTheHeadFirst_asLongAsItIsTold() {
        try (AdapterSet adapters = adapters(ADAPTERS);
                AdaptedModel model = model(adapters)) {
            double untrained = loss(model);
            List<String> told = new ArrayList<>();
            List<Double> losses = new ArrayList<>();
            TrainingListener listener = new TrainingListener() {
                @Override
                public void headStepped(int step, int steps, double loss) {
                    told.add(step + "/" + steps);
                    losses.add(loss);
                }
            };
            FirstSteps.train(
                    new Trainer(model, config(40).toBuilder().batchSize(24).build(), listener), train);
            assertTrue(loss(model) < 0.9 * untrained, loss(model) + " of " + untrained);
            assertEquals(
                    IntStream.rangeClosed(1, 40).mapToObj(step -> step + "/40").toList(), told);
            assertEquals(untrained, losses.get(0), 1e-9, "all examples are in the first batch");
            assertEquals(loss(model), losses.get(39), 0.05 * untrained);
        }
    }

    /** A head is compared with adapters after the same steps: those before the first epoch count for it too. */
    @Test
    void start_withoutAdapters_trainsTheHeadAsWithThem() {
        TrainingConfig config = config(10);
        try (SequenceHead alone = new SequenceHead(weights, 2, 3);
                AdapterSet adapters = adapters(ADAPTERS);
                AdaptedModel adapted = model(adapters);
                AdaptedModel frozen = new AdaptedModel(
                        weights, Optional.empty(), SequenceObjective.of(alone, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            OptionalDouble with = FirstSteps.train(new Trainer(adapted, config, TrainingListener.SILENT), train);
            OptionalDouble without = FirstSteps.train(new Trainer(frozen, config, TrainingListener.SILENT), train);
            assertEquals(with, without);
            assertArrayEquals(head.values().toDoubleVector(), alone.values().toDoubleVector());
        }
    }

    /** The head learns on what trained adapters make of texts: as on the model with those merged. */
    @Test
    void start_withTrainedAdapters_trainsTheHeadOnThem() {
        TrainingConfig config = config(10);
        try (SequenceHead alone = new SequenceHead(weights, 2, 3);
                AdapterSet adapters = adapters(ADAPTERS.toBuilder()
                        .initialization(Initialization.KAIMING_UNIFORM)
                        .build());
                AdaptedModel adapted = model(adapters);
                AdaptedModel merged = new AdaptedModel(
                        weights, Optional.empty(), SequenceObjective.of(alone, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            double[] before = adapters.values().toDoubleVector();
            ModelInput text = train.get(0).sequences().get(0);
            TrainingListener readsEachTextOnce = new TrainingListener() {
                @Override
                public void headStepped(int step, int steps, double loss) {
                    assertTrue(step < 3 || adapted.hasKept(text), "three batches are all examples");
                }
            };
            OptionalDouble actual =
                    FirstSteps.train(new Trainer(adapted, config, readsEachTextOnce, PassExecutor.LOCAL, true), train);
            assertFalse(adapted.hasKept(text));
            assertArrayEquals(before, adapters.values().toDoubleVector());
            assertArrayEquals(new double[before.length], adapters.gradients().toDoubleVector());
            adapters.materialize();
            try (InPlaceMerge merge = InPlaceMerge.of(adapters)) {
                OptionalDouble expected = FirstSteps.train(new Trainer(merged, config, TrainingListener.SILENT), train);
                assertEquals(expected.orElseThrow(), actual.orElseThrow(), 1e-9);
            }
            assertArrayEquals(alone.values().toDoubleVector(), head.values().toDoubleVector(), 1e-7);
        }
    }

    /** The same for a whole run: the head alone has its steps, an evaluation of them, and then its epochs. */
    @Test
    void run_withoutAdapters_evaluatesTheHeadsStepsAsEpoch0() {
        List<String> told = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void headStepped(int step, int steps, double loss) {
                told.add("head " + step);
            }

            @Override
            public void stepped(int step, int steps, double loss) {
                told.add("step " + step);
            }
        };
        TrainingConfig config = config(2).toBuilder().epochs(1).build();
        try (AdaptedModel frozen = model(adapters(ADAPTERS)).with(Optional.empty())) {
            TrainingResult result = new Trainer(frozen, config, listener).run(train, new Scripted(0.9, 0.5));
            assertEquals(List.of("head 1", "head 2", "step 1", "step 2", "step 3"), told);
            assertEquals(
                    List.of(0, 1),
                    result.evaluations().stream().map(EvaluationResult::epoch).toList());
            assertEquals(0, result.best().epoch());
        }
    }

    /** Gives a score for each call, and keeps what the model says to the first example then. */
    private final class Scripted implements Evaluation {
        private final double[] scores;
        private final List<double[]> outputs = new ArrayList<>();

        Scripted(double... scores) {
            this.scores = scores;
        }

        @Override
        public String primaryMetric() {
            return "score";
        }

        @Override
        public boolean higherIsBetter() {
            return true;
        }

        @Override
        public Map<String, Double> evaluate(AdaptedModel model) {
            outputs.add(model.predict(train.get(0).sequences())[0]);
            return Map.of("score", scores[outputs.size() - 1]);
        }
    }

    @Test
    void run_whereAdaptersMakeItWorse_endsWithTheHeadAlone() {
        try (AdapterSet adapters = adapters(ADAPTERS);
                AdaptedModel model = model(adapters)) {
            Scripted scores = new Scripted(0.9, 0.5, 0.8);
            TrainingConfig config =
                    config(4).toBuilder().epochs(2).learningRate(0.1).build();
            TrainingResult result = new Trainer(model, config).run(train, scores);
            assertEquals(
                    List.of(0, 1, 2),
                    result.evaluations().stream().map(EvaluationResult::epoch).toList());
            assertEquals(0, result.best().epoch());
            assertEquals(0, result.best().step());
            assertArrayEquals(scores.outputs.get(0), model.predict(train.get(0).sequences())[0], 0);
            assertNotEquals(scores.outputs.get(0)[0], scores.outputs.get(2)[0]);
            try (AdaptedModel head = model.with(Optional.empty())) {
                assertArrayEquals(head.predict(train.get(0).sequences())[0], scores.outputs.get(0), 1e-12);
            }
        }
    }

    /** Where evaluations are told to come after so many steps, and without a head's steps, there is none before the first. */
    @Test
    void run_withEvaluationsBySteps_orNoStepsOfTheHead_beginsWithAdapters() {
        TrainingConfig one = config(0).toBuilder().epochs(1).build();
        for (TrainingConfig config :
                List.of(one, one.toBuilder().headSteps(4).evaluateEvery(3).build())) {
            try (AdapterSet adapters = adapters(ADAPTERS);
                    AdaptedModel model = model(adapters)) {
                TrainingResult result = new Trainer(model, config).run(train, new Scripted(0.9));
                assertEquals(
                        List.of(3),
                        result.evaluations().stream()
                                .map(EvaluationResult::step)
                                .toList());
            }
        }
    }

    private double loss(AdaptedModel model) {
        return model.lossAndGradients(
                train.stream()
                        .<ModelInput>flatMap(item -> item.sequences().stream())
                        .toList(),
                train.stream().flatMap(item -> item.targets().stream()).toList());
    }

    @Test
    void contrast_bringsClassesTogether_beforeTheHeadLearns() {
        List<String> told = new ArrayList<>();
        List<Double> losses = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void contrasted(int step, int steps, double loss) {
                told.add("contrast " + step + "/" + steps);
                losses.add(loss);
            }

            @Override
            public void headStepped(int step, int steps, double loss) {
                told.add("head " + step);
            }
        };
        TrainingConfig config = config(1).toBuilder()
                .contrastSteps(30)
                .batchSize(24)
                .epochs(1)
                .learningRate(0.02)
                .build();
        try (AdapterSet adapters = adapters(ADAPTERS);
                AdaptedModel model = model(adapters)) {
            new Trainer(model, config, listener).run(train, new Scripted(0.9, 0.5));
            assertEquals("contrast 1/30", told.get(0));
            assertEquals(List.of("contrast 30/30", "head 1"), told.subList(29, 31));
            assertTrue(losses.get(29) < 0.5 * losses.get(0), losses.toString());
        }
    }

    /** Checkpoints between steps and parts of a batch compute the same. */
    @Test
    void contrast_inChunksAndWithCheckpointing_isTheSame() {
        TrainingConfig config = config(0).toBuilder().contrastSteps(5).build();
        double[][] trained = new double[2][];
        for (int i = 0; i < 2; i++) {
            try (AdapterSet adapters = adapters(ADAPTERS);
                    AdaptedModel model = model(adapters)) {
                TrainingConfig used = config.toBuilder()
                        .chunkSize(3 * i)
                        .checkpointing(i == 1)
                        .build();
                FirstSteps.contrast(new Trainer(model, used), train);
                trained[i] = adapters.values().toDoubleVector();
            }
        }
        assertArrayEquals(trained[0], trained[1], 1e-9);
    }

    @Test
    void contrast_withoutAdapters_isNone_andWithoutClasses_isRefused() {
        TrainingConfig config = config(0).toBuilder().contrastSteps(5).build();
        try (AdapterSet adapters = adapters(ADAPTERS);
                AdaptedModel model = model(adapters);
                AdaptedModel frozen = model.with(Optional.empty());
                AdaptedModel taught = model.with(SequenceObjective.distilled(head, 0.5, 2, BACKEND))) {
            FirstSteps.contrast(new Trainer(frozen, config), train);
            assertEquals(0, FirstSteps.contrastSteps(frozen, config));
            assertTrue(assertThrows(
                            IllegalArgumentException.class,
                            () -> FirstSteps.contrast(new Trainer(taught, config), train))
                    .getMessage()
                    .endsWith("expected a classification of whole texts or images, without a teacher"));
        }
    }

    @Test
    void start_withoutSteps_leavesEverything() {
        try (AdapterSet adapters = adapters(ADAPTERS);
                AdaptedModel model = model(adapters)) {
            INDArray before = adapters.values().dup();
            FirstSteps.train(new Trainer(model, TrainingConfig.defaults(), TrainingListener.SILENT), train);
            assertEquals(before, adapters.values());
            assertFalse(model.objective().trainable().isEmpty());
        }
    }

    @Test
    void settings_outOfRange_areRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> TrainingConfig.builder().headSteps(-1).build());
        assertThrows(
                IllegalArgumentException.class,
                () -> TrainingConfig.builder().contrastSteps(-1).build());
    }
}
