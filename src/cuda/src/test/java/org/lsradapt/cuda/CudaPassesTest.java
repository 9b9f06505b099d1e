package org.lsradapt.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.interpreter.FreeMemory;
import org.lsradapt.cuda.interpreter.InterpretedDriver;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.Parameter;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.Target;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.training.PassExecutor;
import org.lsradapt.training.TrainingStep;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Steps on the device, with the shipped PTX interpreted, beside the same steps on the CPU. */
class CudaPassesTest {
    private static final Backend BACKEND = Backends.standard();
    /** Of all tests of this process, which end with it. */
    private static final CudaPasses PASSES = new CudaPasses(new InterpretedDriver().open(0), CudaPasses.Products.FLOAT);

    static final String ALL = ".*";
    static final LsrConfig LORA = LsrConfig.lora(3, 5);
    static final LsrConfig LSR =
            LsrConfig.builder().separationRank(2).termWeights(true).alpha(0.7).build();

    /** Of the largest number of each kind. FLOAT on either side, sums in another order. */
    private static final double TOLERANCE = 1e-5;

    @Test
    void gradients_classification_areThoseOfTheCpu() {
        assertClassification(SmallModel.BERT, ALL, LSR, 0, false);
    }

    @Test
    void gradients_dropoutAndCheckpointing_areThoseOfTheCpu() {
        assertClassification(SmallModel.BERT, ".*layers?\\.[12]\\..*", LORA, 0.25, true);
    }

    @Test
    void gradients_nextTokens_areThoseOfTheCpu() {
        assertNextTokens(SmallModel.LLAMA);
    }

    static void assertClassification(
            SmallModel small, String layers, LsrConfig config, double dropout, boolean checkpointed) {
        try (TransformerWeights weights = small.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights, layers, config);
                SequenceHead head = new SequenceHead(weights, 3, 5)) {
            Objective objective = SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND);
            assertSameSteps(weights, adapters, objective, dropout, checkpointed);
        }
    }

    static void assertNextTokens(SmallModel small) {
        try (TransformerWeights weights = small.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights, ".*(q_proj|v_proj|down_proj)", LSR)) {
            assertSameSteps(weights, adapters, new NextTokenObjective(weights, BACKEND), 0.25, false);
        }
    }

    @Test
    void gradients_tooLittleMemory_areRefusedBeforeTheFirstStep() {
        FreeMemory memory = new FreeMemory();
        memory.set(1000);
        try (CudaPasses passes = new CudaPasses(memory.device(), CudaPasses.Products.FLOAT);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights, ALL, LORA);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            List<ModelInput> largest = steps(weights)
                    .get(0)
                    .items()
                    .flatMap(item -> item.sequences().stream())
                    .toList();
            IllegalStateException e =
                    assertThrows(IllegalStateException.class, () -> passes.begins(model, largest, largest));
            assertEquals(
                    "training takes 0.00 GiB for the model's layers, 0.00 GiB for a step of 5 tokens and 0.00 GiB for an"
                            + " evaluation of 5 tokens at once of the GPU's memory, found 0.00 of 1.00 GiB free; use smaller batches or checkpointing, train on the"
                            + " CPU, or a smaller model",
                    e.getMessage());
            assertThrows(
                    IllegalStateException.class,
                    () -> passes.gradients(model, steps(weights).get(0)));
        }
    }

    private static AdapterSet adapters(TransformerWeights weights, String layers, LsrConfig config) {
        AdapterSet adapters =
                AdapterSet.create(LayerSelector.regex(layers).select(weights.linearLayers()), config, BACKEND);
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), DataType.FLOAT, adapters.parameterCount())
                        .muli(0.2));
        return adapters;
    }

    /** Two steps, the second with more sequences and in two parts. */
    private static List<TrainingStep> steps(TransformerWeights weights) {
        return List.of(
                new TrainingStep(1, 1, List.of(examples(weights, 3, 2))),
                new TrainingStep(2, 1, List.of(examples(weights, 4), examples(weights, 2, 3))));
    }

    private static List<TrainingExample> examples(TransformerWeights weights, int... lengths) {
        Random random = new Random(lengths.length);
        int vocabulary = weights.model().vocabulary();
        return IntStream.of(lengths)
                .mapToObj(n -> new TrainingExample(
                        new TokenSequence(random.ints(n, 0, vocabulary).toArray(), new int[n], n / 2),
                        new Target.Category(n % 3)))
                .toList();
    }

    private static void assertSameSteps(
            TransformerWeights weights,
            AdapterSet adapters,
            Objective objective,
            double dropout,
            boolean checkpointed) {
        List<List<double[]>> found = new ArrayList<>();
        for (PassExecutor passes : List.of(PassExecutor.LOCAL, PASSES)) {
            try (AdaptedModel model = new AdaptedModel(weights, adapters, objective, BACKEND)) {
                model.dropout(dropout, 9);
                model.checkpointing(checkpointed);
                found.add(run(model, passes, steps(weights)));
            }
        }
        List<double[]> expected = found.get(0);
        List<double[]> actual = found.get(1);
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertClose(expected.get(i), actual.get(i), "numbers " + i);
        }
    }

    /** Losses, gradients of all parameters and outputs. */
    private static List<double[]> run(AdaptedModel model, PassExecutor passes, List<TrainingStep> steps) {
        List<double[]> numbers = new ArrayList<>();
        for (TrainingStep step : steps) {
            numbers.add(new double[] {passes.gradients(model, step)});
            for (Parameter block : model.trainable()) {
                numbers.add(block.gradient().toDoubleVector());
            }
        }
        List<ModelInput> inputs =
                steps.get(1).items().flatMap(item -> item.sequences().stream()).toList();
        for (double[] output : passes.outputs(model, List.of(inputs))) {
            numbers.add(output);
        }
        return numbers;
    }

    private static void assertClose(double[] expected, double[] actual, String what) {
        double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
        assertTrue(largest > 0, what + ": nothing was computed");
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], TOLERANCE * largest, what + " at " + i);
        }
    }
}
