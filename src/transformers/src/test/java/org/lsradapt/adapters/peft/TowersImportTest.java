package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.models.DualModel;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.transformer.inputs.ImageInput;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** PEFT's adapter of CLIP, which golden/families/clip.py wrote with what transformers computes with it. */
class TowersImportTest {
    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/families/clip");

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"clip, 32", "siglip, 33"})
    void adapters_ofBothTowers_giveTheLogitsOfPeft(String family, int count) throws IOException {
        Path golden = GOLDEN.resolveSibling(family);
        try (SafeTensors expected = SafeTensors.open(golden.resolve("expected.safetensors"));
                ImportedAdapter imported = PeftImport.load(golden.resolve("adapter"));
                DualModel model = DualModel.load(golden.toString());
                AdapterSet adapters = imported.adapters(model.linearLayers(), Backends.standard());
                AdaptedModel adapted = new AdaptedModel(
                        model.towers(),
                        adapters,
                        new EmbeddingObjective(
                                model.towers(), true, EmbeddingLoss.symmetricContrast(0.1), Backends.standard()),
                        Backends.standard())) {
            assertEquals(count, adapters.adapters().size());
            INDArray logits = expected.read("adapted_logits_per_image").castTo(DataType.DOUBLE);
            double[][] embeddings = adapted.predict(inputs(expected, model, (int) logits.size(0)));
            double largest = logits.amaxNumber().doubleValue();
            for (int i = 0; i < logits.size(0); i++) {
                for (int t = 0; t < logits.size(1); t++) {
                    double[] image = embeddings[i];
                    double[] text = embeddings[(int) logits.size(0) + t];
                    double cosine = IntStream.range(0, image.length)
                            .mapToDouble(c -> image[c] * text[c])
                            .sum();
                    assertEquals(
                            logits.getDouble(i, t),
                            model.scale() * cosine + model.bias(),
                            1e-5 * largest,
                            i + ", " + t);
                }
            }
        }
    }

    /** The images, then as many texts. */
    private static List<ModelInput> inputs(SafeTensors expected, DualModel model, int count) throws IOException {
        List<ModelInput> inputs = new ArrayList<>();
        INDArray pixels = expected.read("pixel_values");
        for (int i = 0; i < count; i++) {
            float[] numbers =
                    pixels.slice(i).dup('c').castTo(DataType.FLOAT).reshape(432).toFloatVector();
            inputs.add(new ImageInput(
                    "image " + i,
                    12,
                    12,
                    model.towers().images().model().patches().orElseThrow(),
                    () -> numbers));
        }
        int[] ids = expected.read("input_ids").castTo(DataType.INT32).toIntVector();
        int[] offsets = expected.read("offsets").castTo(DataType.INT32).toIntVector();
        for (int i = 0; i < count; i++) {
            int[] own = Arrays.copyOfRange(ids, offsets[i], offsets[i + 1]);
            inputs.add(new TokenSequence(own, new int[own.length]));
        }
        return inputs;
    }

    @Test
    void adapters_onAModelWithoutSomeLayers_areRefused() throws IOException {
        Files.copy(GOLDEN.resolve("adapter/adapter_model.safetensors"), folder.resolve("adapter_model.safetensors"));
        String config = Files.readString(GOLDEN.resolve("adapter/adapter_config.json"));
        Files.writeString(
                folder.resolve("adapter_config.json"),
                config.replaceFirst(
                        "(?s)\"target_modules\": \\[.*?\\]", "\"target_modules\": \".*(proj|fc.|projection)\""));
        try (ImportedAdapter all = PeftImport.load(folder);
                DualModel model = DualModel.load(GOLDEN.toString())) {
            all.adapters(model.linearLayers(), Backends.standard()).close();
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> all.adapters(model.linearLayers().subList(0, 5), Backends.standard()))
                    .getMessage();
            assertTrue(message.contains("layer"), message);
        }
    }
}
