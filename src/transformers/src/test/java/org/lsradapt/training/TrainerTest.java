package org.lsradapt.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.data.Example;
import org.lsradapt.data.Label;
import org.lsradapt.data.Task;
import org.lsradapt.data.TwoClasses;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.numerics.ConditionMonitor;
import org.lsradapt.lsr.numerics.ConditionMonitor.Policy;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.numerics.SkewedTerms;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.training.examples.EncodedExample;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.LowPrecision;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.SmallVit;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** The loop on a small random encoder and a dozen texts to be told apart. */
class TrainerTest {
    private static final Backend BACKEND = Backends.standard();
    private static final Task TASK = TwoClasses.task();

    private static List<EncodedExample> examples(int count, long seed) {
        Random texts = new Random(5);
        List<EncodedExample> distinct = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int[] ids = texts.ints(2 + texts.nextInt(4), 1, 31).toArray();
            Example example = new Example("text", null, new Label.Category(i % 2));
            distinct.add(new EncodedExample(example, new TokenSequence(ids, new int[ids.length])));
        }
        return new Random(seed)
                .ints(count, 0, distinct.size())
                .mapToObj(distinct::get)
                .toList();
    }

    private static TrainingResult train(LsrConfig config, double rate) throws IOException {
        return train(config, config(rate).build(), 0);
    }

    private static TrainingConfig.Builder config(double rate) {
        return TrainingConfig.builder()
                .epochs(6)
                .batchSize(16)
                .learningRate(rate)
                .headLearningRate(0.02)
                .warmUp(0.1)
                .seed(7);
    }

    private static TrainingResult train(LsrConfig config, TrainingConfig training, double skew) throws IOException {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = config == null
                        ? null
                        : AdapterSet.create(
                                LayerSelector.suffixes(List.of("query", "value"))
                                        .select(weights.linearLayers()),
                                config,
                                BACKEND);
                SequenceHead head = new SequenceHead(weights, 2, 1);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        Optional.ofNullable(adapters),
                        SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND),
                        BACKEND)) {
            if (skew > 0) {
                adapters.lsrAdapters().forEach(adapter -> SkewedTerms.rewrite(adapter.a(), skew));
            }
            Evaluation evaluation = Evaluation.of(TASK, examples(100, 2));
            List<TrainingExample> examples =
                    examples(300, 1).stream().map(TrainingExample::ofClass).toList();
            TrainingResult result = new Trainer(model, training).run(examples, evaluation);
            assertEquals(result.best().metrics(), evaluation.evaluate(model), "the best epoch was not kept");
            return result;
        }
    }

    @Test
    void run_everyMethod_learnsAndAdaptersFitBetter() throws IOException {
        TrainingResult frozen = train(null, 0.02);
        TrainingResult lora = train(LsrConfig.lora(4, 16), 0.02);
        TrainingResult lsr = train(LsrConfig.defaults(), 0.02);
        for (TrainingResult result : List.of(frozen, lora, lsr)) {
            assertTrue(lastLoss(result) < result.evaluations().get(0).loss(), result::toString);
        }
        assertTrue(lastLoss(lora) < 0.9 * lastLoss(frozen), lora + " against " + frozen);
        assertTrue(lastLoss(lsr) < 0.9 * lastLoss(frozen), lsr + " against " + frozen);
    }

    private static double lastLoss(TrainingResult result) {
        return result.evaluations().get(result.evaluations().size() - 1).loss();
    }

    @Test
    void run_oneSeedTwice_givesTheSameNumbers() throws IOException {
        TrainingResult first = train(LsrConfig.defaults(), 0.02);
        TrainingResult second = train(LsrConfig.defaults(), 0.02);
        assertEquals(6, first.evaluations().size());
        for (int i = 0; i < 6; i++) {
            assertEquals(
                    first.evaluations().get(i).loss(),
                    second.evaluations().get(i).loss());
            assertEquals(
                    first.evaluations().get(i).metrics(),
                    second.evaluations().get(i).metrics());
        }
    }

    private static TrainingConfig watched(Precision precision, Policy policy, double rate) {
        return config(rate)
                .lowPrecision(new LowPrecision(precision, false))
                .monitor(new ConditionMonitor.Settings(10, precision, 0.01, policy))
                .build();
    }

    @Test
    void run_fp16FromSkewedTerms_monitorRestoresTheCondition() throws IOException {
        TrainingResult logged = train(LsrConfig.defaults(), watched(Precision.FP16, Policy.LOG, 0.005), 50);
        TrainingResult restored =
                train(LsrConfig.defaults(), watched(Precision.FP16, Policy.REORTHOGONALIZE, 0.005), 50);
        assertEquals(
                1 + 6 * 19 / 10, logged.readings().size() / 12, "steps 0, 10, 20 and so on, two sums of six layers");
        assertTrue(logged.readings().get(0).condition().value() > 20);
        assertEquals(logged.readings().get(0), restored.readings().get(0));
        assertTrue(logged.readings().get(logged.readings().size() - 12).exceeded());
        assertTrue(restored.readings().subList(12, 24).stream()
                .allMatch(r -> r.condition().value() < 2));
        assertTrue(
                lastLoss(restored) < restored.evaluations().get(0).loss(),
                () -> restored.evaluations() + " " + logged.evaluations());
        // In the second epoch: later ones are at round-off in FP16, and depend on how the machine divides sums.
        double early = restored.evaluations().get(1).loss();
        assertTrue(
                early < 0.5 * logged.evaluations().get(1).loss(),
                () -> restored.evaluations() + " " + logged.evaluations());
    }

    @Test
    void run_watchedButWithinTheBound_isTheSameRunToTheBit() throws IOException {
        TrainingResult plain = train(LsrConfig.defaults(), 0.02);
        TrainingResult watched = train(LsrConfig.defaults(), watched(Precision.FP32, Policy.REORTHOGONALIZE, 0.02), 0);
        assertEquals(
                plain.evaluations().get(5).loss(), watched.evaluations().get(5).loss());
        assertEquals(12 * (1 + 6 * 19 / 10), watched.readings().size());
        assertTrue(watched.readings().stream().noneMatch(ConditionMonitor.Reading::exceeded));
    }

    @Test
    void run_absurdLearningRate_endsWithDivergence() {
        String message = assertThrows(RuntimeException.class, () -> train(LsrConfig.defaults(), 1e30))
                .getMessage();
        assertTrue(message.startsWith("training diverged: "), message);
    }

    /** A picture that counts how often it is asked for. */
    private static final class CountedPixels implements ImageInput.Pixels {
        private final float[] numbers = new float[3 * 12 * 12];
        private int announced;
        private int reads;

        CountedPixels(int label) {
            Arrays.fill(numbers, label);
        }

        @Override
        public void prepare() {
            announced++;
        }

        @Override
        public float[] read() {
            reads++;
            return numbers;
        }
    }

    /** Of a frozen model's images the features are kept: who decodes beside the training is not asked to again. */
    @Test
    void run_frozenModelOnImages_preparesAndReadsEachOnce() throws IOException {
        List<CountedPixels> counted =
                IntStream.range(0, 12).mapToObj(i -> new CountedPixels(i % 2)).toList();
        try (TransformerWeights weights = SmallVit.weights(DataType.FLOAT);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        SequenceObjective.of(new SequenceHead(weights, 2, 1), Loss.CROSS_ENTROPY, BACKEND),
                        BACKEND)) {
            List<EncodedExample> examples = IntStream.range(0, 12)
                    .mapToObj(i -> new EncodedExample(
                            new Example("picture", null, new Label.Category(i % 2)),
                            new ImageInput(
                                    "picture " + i,
                                    12,
                                    12,
                                    weights.model().patches().orElseThrow(),
                                    counted.get(i))))
                    .toList();
            new Trainer(
                            model,
                            TrainingConfig.builder()
                                    .epochs(3)
                                    .batchSize(2)
                                    .learningRate(1e-2)
                                    .build())
                    .run(
                            examples.subList(0, 8).stream()
                                    .map(TrainingExample::ofClass)
                                    .toList(),
                            Evaluation.of(TASK, examples.subList(8, 12)));
        }
        for (CountedPixels pixels : counted) {
            assertEquals(1, pixels.reads);
            assertTrue(pixels.announced <= 1, () -> "announced " + pixels.announced + " times");
        }
        assertTrue(
                counted.stream().anyMatch(pixels -> pixels.announced == 1), "nothing is decoded beside the training");
    }
}
