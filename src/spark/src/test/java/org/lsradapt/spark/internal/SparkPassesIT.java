package org.lsradapt.spark.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.spark.SparkWeather;
import org.lsradapt.tasks.description.ClassificationDescription;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.weights.BasePrecision;

/** Gradients and outputs that executors compute, against those of this process. */
class SparkPassesIT {
    private static final Backend BACKEND = Backends.standard();

    private static TrainingStep step(BaseModel base) {
        List<List<TrainingExample>> batches = new ArrayList<>();
        for (int b = 0; b < 2; b++) {
            int first = 20 * b;
            batches.add(IntStream.range(first, first + 11 + b)
                    .<TrainingExample>mapToObj(i -> new TrainingExample(
                            base.tokenizer().encode(Samples.text(i), null, 40), new Target.Category(i % 3)))
                    .toList());
        }
        return new TrainingStep(4, 1, batches);
    }

    private static void assertSameGradients(AdaptedModel model, TrainingStep step, PassExecutor passes) {
        double expected = PassExecutor.LOCAL.gradients(model, step);
        float[][] gradients = gradients(model);
        assertEquals(expected, passes.gradients(model, step), 1e-6);
        float[][] found = gradients(model);
        assertEquals(gradients.length, found.length);
        for (int block = 0; block < gradients.length; block++) {
            assertArrayEquals(gradients[block], found[block], 1e-6f);
        }
    }

    private static float[][] gradients(AdaptedModel model) {
        return Blocks.read(model.trainable().stream().map(Parameter::gradient).toList());
    }

    @Test
    void passes_areThoseOfThisProcess_inShares_inGroupsOfShares_andOfTheHeadAlone() throws Exception {
        BaseReference reference = new BaseReference(Samples.model("bert"), BasePrecision.STORED);
        TrainingConfig config = TrainingConfig.builder().dropout(0.3).seed(5).build();
        BaseModel base = WorkerModels.base(reference);
        double[] weights = {0.5, 1, 2};
        ReplicaLosses losses = ReplicaLosses.ofHead(
                new ClassificationDescription("training", List.of("0", "1", "2"), false),
                SequenceObjective.class,
                SequenceObjective::head,
                objective -> sent -> SequenceObjective.weighted(sent, weights, BACKEND));
        try (SparkSession spark = SparkWeather.local();
                AdapterSet adapters = AdapterSet.create(
                        base.queryAndValue().select(base.linearLayers()), LsrConfig.defaults(), BACKEND);
                SequenceHead head = new SequenceHead(base.weights(), 3, 1);
                AdaptedModel model = new AdaptedModel(
                        base.weights(),
                        Optional.of(adapters),
                        SequenceObjective.weighted(head, weights, BACKEND),
                        BACKEND);
                AdaptedModel headAlone = model.with(Optional.empty())) {
            Random random = new Random(3);
            double[] values =
                    random.doubles(adapters.values().length(), -0.1, 0.1).toArray();
            BACKEND.write(values, adapters.values());
            TrainingStep step = step(base);
            JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
            for (long direct : new long[] {SparkPasses.DIRECT, 0}) {
                try (SparkPasses passes = new SparkPasses(context, reference, base, losses, config, 7, direct)) {
                    passes.adapters(adapters);
                    // The head first, as a training does.
                    assertSameGradients(headAlone, step, passes);
                    model.dropout(0.3, 5, 3);
                    assertSameGradients(model, step, passes);
                    List<List<ModelInput>> batches = step.batches().stream()
                            .map(batch -> batch.stream()
                                    .<ModelInput>flatMap(item -> item.sequences().stream())
                                    .toList())
                            .toList();
                    double[][] expected = PassExecutor.LOCAL.outputs(model, batches);
                    double[][] found = passes.outputs(model, batches);
                    assertEquals(23, found.length);
                    for (int i = 0; i < found.length; i++) {
                        assertArrayEquals(expected[i], found[i], 1e-5);
                    }
                }
            }
        }
    }
}
