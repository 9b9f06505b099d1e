package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.data.TextPair;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.classification.Classification;
import org.lsradapt.tasks.classification.TextClassifier;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.generation.TextGenerator;
import org.lsradapt.transformer.weights.BasePrecision;

/** A base model that is kept for answers alone. */
class InferencePrecisionTest {
    private static final List<String> TEXTS = List.of("the sun is warm", "a smile and rain", "the", "film is cold and");

    @TempDir
    Path parent;

    @Test
    void embedder_ofASavedAdapter_isCloseAndSavesTheSameFiles() throws Exception {
        Path folder = parent.resolve("saved");
        SmallTrainings.embedder(folder);
        Path again = parent.resolve("again");
        float[][] expected;
        try (FineTunedModel model = FineTunedModel.load(folder)) {
            expected = ((TextEmbedder) model).embed(TEXTS);
        }
        try (FineTunedModel model = FineTunedModel.load(folder, BasePrecision.INT8_DYNAMIC)) {
            float[][] actual = ((TextEmbedder) model).embed(TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                double cosine = 0;
                for (int j = 0; j < actual[i].length; j++) {
                    cosine += expected[i][j] * actual[i][j];
                }
                assertTrue(cosine > 0.995 && cosine < 1.00001, TEXTS.get(i) + ": cosine " + cosine);
            }
            model.save(again);
        }
        try (SavedAdapter saved = AdapterFolder.load(again)) {
            assertEquals(BasePrecision.STORED, saved.card().orElseThrow().basePrecision());
        }
        for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
            assertArrayEquals(Files.readAllBytes(folder.resolve(file)), Files.readAllBytes(again.resolve(file)), file);
        }
    }

    @Test
    void classifierAndGenerator_ofSavedAdapters_answerAsInFloat() throws Exception {
        Path classifier = parent.resolve("classifier");
        SmallTrainings.classifier(classifier);
        try (FineTunedModel model = FineTunedModel.load(classifier);
                FineTunedModel bytes = FineTunedModel.load(classifier, BasePrecision.INT8_DYNAMIC)) {
            for (String text : TEXTS) {
                Classification expected = ((TextClassifier) model).predict(text);
                Classification actual = ((TextClassifier) bytes).predict(text);
                for (int i = 0; i < 2; i++) {
                    assertEquals(
                            expected.probabilities().get(i),
                            actual.probabilities().get(i),
                            0.03,
                            text);
                }
            }
        }
        Path generator = parent.resolve("generator");
        SmallTrainings.generator(generator);
        try (FineTunedModel bytes = FineTunedModel.load(generator, BasePrecision.INT8_DYNAMIC)) {
            assertTrue(!((TextGenerator) bytes).generate("the sun").isEmpty());
        }
    }

    @Test
    void training_isRefused() throws Exception {
        try (BaseModel base = BaseModel.load(Samples.model("bert"), BasePrecision.INT8_DYNAMIC)) {
            String expected = "training: the base model is kept in int8-dynamic, which is for inference alone; expected"
                    + " f32, bf16, int8, int4 or stored (an adapter trained on any of them can then be used in"
                    + " int8-dynamic)";
            assertEquals(
                    expected,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> TextClassifier.on(base).train(Samples.weather(4), Samples.weather(4)))
                            .getMessage());
            List<TextPair> pairs = List.of(TextPair.of("the sun", "is cold"), TextPair.of("the rain", "is warm"));
            assertEquals(
                    expected,
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> TextEmbedder.on(base).train(pairs, pairs))
                            .getMessage());
        }
    }
}
