package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.backend.CpuBackends;
import org.lsradapt.lsr.internal.Buffer;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.transformer.Dropout;
import org.lsradapt.transformer.PassMemory;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.SmallVit;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What texts' models are tested for elsewhere, with images. */
class ImageModelTest {
    private static final int[] HEIGHTS = {12, 20, 12, 4};
    private static final List<Target> LABELS = Target.categories(0, 2, 1, 1);

    private static AdapterSet adapters(TransformerWeights weights, String layers, Backend backend) {
        LsrConfig config =
                LsrConfig.builder().bottleneckRank(2).separationRank(2).build();
        AdapterSet adapters =
                AdapterSet.create(LayerSelector.regex(layers).select(weights.linearLayers()), config, backend);
        adapters.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), adapters.parameterCount())
                        .muli(0.5));
        return adapters;
    }

    private static AdaptedModel model(TransformerWeights weights, String layers, Backend backend) {
        Objective objective = SequenceObjective.of(new SequenceHead(weights, 3, 5), Loss.CROSS_ENTROPY, backend);
        return new AdaptedModel(weights, adapters(weights, layers, backend), objective, backend);
    }

    @Test
    void gradients_lsrOnEachLinearLayer_agreeWithCentralDifferences() {
        List<Target> labels = Target.categories(0, 2);
        try (TransformerWeights weights = SmallVit.weights(DataType.DOUBLE);
                AdaptedModel model = model(weights, ".*", Backends.standard())) {
            List<ImageInput> batch = SmallVit.images(weights.model(), 12, 4);
            CentralDifferences.assertAgree(model.trainable(), () -> model.lossAndGradients(batch, labels));
        }
    }

    @Test
    void gradients_batchDividedAmongThreads_equalThoseOfTheWholeBatch() {
        try (TransformerWeights weights = SmallVit.weights(DataType.FLOAT);
                AdaptedModel whole = model(weights, ".*", CpuBackends.dividedAmong(1));
                AdaptedModel divided = model(weights, ".*", CpuBackends.dividedAmong(2))) {
            List<ImageInput> batch = SmallVit.images(weights.model(), 12, 12, 20, 20);
            assertEquals(whole.lossAndGradients(batch, LABELS), divided.lossAndGradients(batch, LABELS), 1e-6);
            for (int i = 0; i < 2; i++) {
                INDArray expected = whole.trainable().get(i).gradient();
                assertTrue(RandomArrays.relativeError(
                                expected, divided.trainable().get(i).gradient())
                        < 1e-4);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "INFERENCE, false, .*1\\..*q.*",
        "CHECKPOINTED, false, .*1\\..*q.*",
        "TRAINING, true, .*",
        "CHECKPOINTED, true, .*",
        "TRAINING, true, .*2\\.mlp.*",
        "TRAINING, true, .*head.*"
    })
    void passes_everyKind_holdWhatIsPredicted(PassMemory.Pass pass, boolean siglip, String layers) {
        Transformer model = siglip ? SmallVit.siglip() : SmallVit.model();
        for (int lanes = 1; lanes <= 2; lanes++) {
            Backend backend = CpuBackends.dividedAmong(lanes);
            try (TransformerWeights weights = SmallVit.weights(model, DataType.FLOAT);
                    AdapterSet adapters = adapters(weights, layers, backend)) {
                List<ImageInput> images = SmallVit.images(model, siglip ? new int[] {12, 12, 12, 12} : HEIGHTS);
                TokenBatch batch = TokenBatch.of(images, model, Rows.FIRST);
                Map<String, Integer> ranks = adapters.lsrAdapters().stream()
                        .collect(Collectors.toMap(
                                adapter -> adapter.name(),
                                adapter -> adapter.config().bottleneckRank()));
                long predicted = PassMemory.of(model, pass, name -> ranks.getOrDefault(name, 0), false, batch, backend)
                        .total();
                adapters.materialize();
                long before = Buffer.allocatedBytes();
                try (TransformerPass run = pass == PassMemory.Pass.INFERENCE
                        ? TransformerPass.inference(weights, adapters, backend)
                        : TransformerPass.training(
                                weights, adapters, new Dropout(), pass == PassMemory.Pass.CHECKPOINTED, backend)) {
                    long rows = run.forward(batch).size(0);
                    if (pass != PassMemory.Pass.INFERENCE) {
                        run.backward(batch, RandomArrays.normal(new Random(1), DataType.FLOAT, rows, model.width()));
                    }
                    assertEquals(Buffer.allocatedBytes() - before, predicted);
                }
            }
        }
    }

    @Test
    void step_ofAShapeSeenBefore_makesNoArray() {
        try (TransformerWeights weights = SmallVit.weights(DataType.FLOAT);
                AdaptedModel model = model(weights, ".*", CpuBackends.dividedAmong(2))) {
            List<ImageInput> images = SmallVit.images(weights.model(), 12, 12, 20, 20);
            for (int i = 0; i < 2; i++) {
                model.lossAndGradients(images, LABELS);
            }
            long before = Nd4j.scalar(0f).getId();
            model.lossAndGradients(images, LABELS);
            assertEquals(before + 1, Nd4j.scalar(0f).getId());
        }
    }

    @Test
    void predict_withoutAdapters_readsEachImageOnce() {
        try (TransformerWeights weights = SmallVit.weights(DataType.FLOAT);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        SequenceObjective.of(new SequenceHead(weights, 3, 5), Loss.CROSS_ENTROPY, Backends.standard()),
                        Backends.standard())) {
            int[] reads = new int[1];
            float[] numbers = new float[3 * 12 * 12];
            ImageInput image =
                    new ImageInput("once", 12, 12, weights.model().patches().orElseThrow(), () -> {
                        reads[0]++;
                        return numbers;
                    });
            double[] first = model.predict(List.of(image))[0];
            assertArrayEquals(first, model.predict(List.of(image))[0]);
            assertEquals(1, reads[0]);
        }
    }

    @Test
    void batch_ofTheOtherKind_isRefused() {
        List<? extends ModelInput> text = List.of(new TokenSequence(new int[] {1}, new int[1]));
        assertMessage(
                "input 0 is a text, the model reads images", () -> TokenBatch.of(text, SmallVit.model(), Rows.FIRST));
        List<ImageInput> images = SmallVit.images(SmallVit.model(), 12);
        assertMessage(
                "input 0 is an image, the model reads texts",
                () -> TokenBatch.of(images, SmallModel.BERT.model(), Rows.FIRST));
        assertMessage(
                "are given, expected at least one to predict",
                () -> TokenBatch.of(images, SmallVit.model(), Rows.PREDICTING));
        assertMessage(
                "12 x 3 pixels, expected at least one patch of 4 x 4", () -> SmallVit.images(SmallVit.model(), 3));
    }

    private static void assertMessage(String part, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(part), message);
    }
}
