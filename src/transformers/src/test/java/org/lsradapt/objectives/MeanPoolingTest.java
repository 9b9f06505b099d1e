package org.lsradapt.objectives;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.CentralDifferences;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.GoldenCase;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.heads.SequenceObjective;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.ImageInput;
import org.nd4j.linalg.api.buffer.DataType;

/** Classifiers that read the mean of patches, or the first token and that, on images of several sizes in a batch. */
class MeanPoolingTest {
    private static final Backend BACKEND = Backends.standard();
    private static final List<Target> LABELS = Target.categories(0, 2, 1, 2);

    private static List<ImageInput> images(GoldenCase golden) {
        int[][] sizes = {{12, 12}, {20, 8}, {4, 4}, {16, 13}};
        List<ImageInput> images = new ArrayList<>();
        for (int i = 0; i < sizes.length; i++) {
            int height = sizes[i][0];
            int width = sizes[i][1];
            Random random = new Random(i);
            float[] numbers = new float[3 * height * width];
            for (int j = 0; j < numbers.length; j++) {
                numbers[j] = (float) random.nextGaussian();
            }
            images.add(new ImageInput(
                    "image " + i, height, width, golden.model.patches().orElseThrow(), () -> numbers));
        }
        return images;
    }

    private static AdapterSet adapters(TransformerWeights weights) {
        AdapterSet set = AdapterSet.create(
                weights.linearLayers(),
                LsrConfig.builder().bottleneckRank(2).separationRank(2).build(),
                BACKEND);
        set.values()
                .assign(RandomArrays.normal(new Random(3), weights.dataType(), set.parameterCount())
                        .muli(0.4));
        return set;
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-vision", "dinov2"})
    void outputs_ofABatch_areThoseOfEachImage_alsoWhereServed(String name) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        List<ImageInput> images = images(golden);
        try (TransformerWeights weights = golden.weights(golden.model, DataType.FLOAT);
                AdapterSet adapters = adapters(weights);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND);
                MultiAdapterModel served = new MultiAdapterModel(weights, BACKEND)) {
            served.add("one", adapters, head);
            double[][] together = model.predict(images);
            double[][] fromServed = served.predict(images, "one");
            for (int i = 0; i < images.size(); i++) {
                assertArrayEquals(model.predict(images.subList(i, i + 1))[0], together[i], 1e-5);
                assertArrayEquals(together[i], fromServed[i], 1e-5);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"clip-vision", "dinov2"})
    void gradients_ofABatch_agreeWithCentralDifferences(String name) throws IOException {
        GoldenCase golden = new GoldenCase(name);
        List<ImageInput> images = images(golden);
        try (TransformerWeights weights = golden.weights(golden.model, DataType.DOUBLE);
                AdapterSet adapters = adapters(weights);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model = new AdaptedModel(
                        weights, adapters, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            CentralDifferences.assertAgree(model.trainable(), () -> model.lossAndGradients(images, LABELS));
        }
    }

    @Test
    void predict_withoutAdapters_computesEachImageOnce() throws IOException {
        GoldenCase golden = new GoldenCase("clip-vision");
        float[] numbers = new float[3 * 12 * 12];
        int[] read = new int[1];
        ImageInput image = new ImageInput("once", 12, 12, golden.model.patches().orElseThrow(), () -> {
            read[0]++;
            return numbers;
        });
        try (TransformerWeights weights = golden.weights(golden.model, DataType.FLOAT);
                SequenceHead head = new SequenceHead(weights, 3, 5);
                AdaptedModel model =
                        new AdaptedModel(weights, SequenceObjective.of(head, Loss.CROSS_ENTROPY, BACKEND), BACKEND)) {
            assertArrayEquals(model.predict(List.of(image))[0], model.predict(List.of(image))[0]);
            assertEquals(1, read[0]);
        }
    }
}
