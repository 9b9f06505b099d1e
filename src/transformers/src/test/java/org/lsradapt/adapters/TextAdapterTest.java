package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;
import static org.lsradapt.adapters.TinyAdapter.FINGERPRINT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.AdapterRounding;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.objectives.language.NextTokenObjective;
import org.lsradapt.tasks.description.RegressionDescription;
import org.lsradapt.tasks.description.TextDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapters of a language model, which have a base model and a task, but no head. */
class TextAdapterTest {

    static final AdapterCard CARD = new AdapterCard("tiny", "llama", FINGERPRINT, new TextDescription("poems"), 16);

    @TempDir
    Path folder;

    /** One group of LSR, one of LoRA. */
    static AdapterSet adapters(TransformerWeights weights) {
        LsrConfig lsr =
                LsrConfig.builder().separationRank(3).termWeights(true).seed(8).build();
        AdapterSet set = AdapterSet.create(
                TinyAdapter.selector(SmallModel.LLAMA).select(weights.linearLayers()),
                layer -> layer.name().endsWith("q_proj") ? lsr : LsrConfig.lora(3, 6),
                BACKEND);
        TinyAdapter.randomize(set.values(), 4);
        return set;
    }

    private static List<TokenSequence> sequences() {
        return List.of(
                new TokenSequence(new int[] {2, 30, 4}, new int[3]),
                new TokenSequence(new int[] {7, 1, 9, 12, 3}, new int[5]));
    }

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "INT8"})
    void savedAndRestored_predictsTheSame(Precision storage) throws IOException {
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights);
                AdapterSet rounded = AdapterRounding.of(adapters, storage);
                AdaptedModel model =
                        new AdaptedModel(weights, rounded, new NextTokenObjective(weights, BACKEND), BACKEND)) {
            AdapterFolder.save(folder, CARD, adapters, storage);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored = RestoredModel.of(saved, weights, "tiny", FINGERPRINT, BACKEND);
                    AdapterSet others = saved.adapters(weights.linearLayers(), BACKEND);
                    AdaptedModel again = restored.model().with(Optional.of(others))) {
                assertEquals(Optional.of(CARD), saved.card());
                assertEquals(storage, saved.storage());
                assertEquals(Optional.empty(), saved.head());
                assertEquals(Optional.empty(), saved.head(weights));
                assertEquals(0, saved.headParameterCount());
                double[][] expected = model.predict(sequences());
                assertTrue(expected[1][0] > 0.1);
                assertArrayEquals(expected, restored.predict(sequences()));
                assertArrayEquals(expected, again.predict(sequences()));
            }
        }
    }

    @Test
    void anotherBaseModel_isRefusedWithBothFingerprints() throws IOException {
        save();
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            assertEquals(CARD, saved.requireBase("tiny", FINGERPRINT));
            String message = assertThrows(IllegalArgumentException.class, () -> saved.requireBase("other", "ffffffff"))
                    .getMessage();
            assertEquals(
                    folder + ": the adapter is for base model tiny with fingerprint 0123abcd, but model other has"
                            + " fingerprint ffffffff",
                    message);
        }
    }

    @Test
    void modelThatPredictsNoTokens_isRefused() throws IOException {
        save();
        try (TransformerWeights bert = SmallModel.BERT.weights(DataType.FLOAT);
                SavedAdapter saved = AdapterFolder.load(folder)) {
            assertThrows(
                    IllegalArgumentException.class, () -> RestoredModel.of(saved, bert, "tiny", FINGERPRINT, BACKEND));
        }
    }

    private void save() throws IOException {
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights)) {
            AdapterFolder.save(folder, CARD, adapters);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"model_type\" : \"llama\", | | field \"model_type\": missing, expected a string",
                "\"max_length\" : 16, | | field \"max_length\": missing, expected a whole number",
                "\"kind\" : \"text\" | \"kind\" : \"verse\" | unknown kind 'verse', expected one of classification, multi_label, regression, tokens, spans, text, masked, embedding",
                "\"kind\" : \"text\" | \"kind\" : \"text\", \"labels\" : [ ] | field \"task.labels\": not known, expected name, kind",
                "\"kind\" : \"text\" | \"kind\" : \"regression\" | field \"task.labels\": missing",
                "\"tensors\" : | \"head\" : { }, \"tensors\" : | field \"head\": expected none without a classification or",
                "\"peft_type\" : \"LSR\", | | field \"adapters[0].peft_type\": missing, expected a string",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        save();
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), from);
        Files.writeString(config, text.replace(from, to == null ? "" : to));
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }

    @Test
    void headsThatDoNotFitTheTask_areRefused() throws IOException {
        AdapterCard heat = new AdapterCard("tiny", "llama", FINGERPRINT, new RegressionDescription("heat", false), 16);
        try (TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights);
                SequenceHead head = new SequenceHead(weights, 1, 1)) {
            assertRefused(
                    "save adapter: task heat is a regression and there is no head, expected one",
                    assertThrows(IllegalArgumentException.class, () -> AdapterFolder.save(folder, heat, adapters)));
            assertRefused(
                    "save adapter: a head for task poems, which is text",
                    assertThrows(
                            IllegalArgumentException.class, () -> AdapterFolder.save(folder, CARD, adapters, head)));
        }
    }

    private static void assertRefused(String complaint, IllegalArgumentException refusal) {
        assertEquals(complaint, refusal.getMessage());
    }

    @Test
    void isOne_tellsAdaptersFromModels() throws IOException {
        assertFalse(AdapterFolder.isOne(folder));
        assertFalse(AdapterFolder.isOne(folder.resolve("missing")));
        assertFalse(AdapterFolder.isOne(Path.of("src/transformers/src/test/resources/golden/families/llama")));
        save();
        assertTrue(AdapterFolder.isOne(folder));
    }

    @Test
    void adapterOfPeft_isRefusedWithAHint() {
        Path peft = Path.of("src/transformers/src/test/resources/golden/families/llama/adapter");
        String message =
                assertThrows(IOException.class, () -> AdapterFolder.load(peft)).getMessage();
        assertTrue(
                message.endsWith(
                        "field \"peft_type\": found LORA and no format_version; an adapter of Hugging Face PEFT has to be"
                                + " imported"),
                message);
    }
}
