package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.lsradapt.adapters.peft.PeftExport;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.EmbeddingSettings;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.EmbeddingLoss;
import org.lsradapt.objectives.EmbeddingObjective;
import org.lsradapt.objectives.Pooling;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.tasks.description.EmbeddingDescription;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;

/** Adapters of embeddings, which have settings of their own and no head. */
class EmbeddingAdapterTest {
    @TempDir
    Path folder;

    private static AdapterCard card(EmbeddingSettings settings, BasePrecision precision) {
        return new AdapterCard(
                "tiny",
                "bert",
                FINGERPRINT,
                new EmbeddingDescription("words"),
                settings.maxLength(),
                Optional.of(settings),
                precision);
    }

    private static AdapterSet adapters(TransformerWeights weights) {
        AdapterSet set = AdapterSet.create(
                TinyAdapter.selector(SmallModel.BERT).select(weights.linearLayers()), LsrConfig.defaults(), BACKEND);
        TinyAdapter.randomize(set.values(), 4);
        return set;
    }

    private static List<TokenSequence> sequences() {
        return List.of(
                new TokenSequence(new int[] {2, 30, 4}, new int[3]),
                new TokenSequence(new int[] {7, 1, 9, 12, 3}, new int[5]));
    }

    @ParameterizedTest
    @EnumSource(Pooling.class)
    void savedAndRestored_embedsTheSame(Pooling pooling) throws IOException {
        EmbeddingSettings settings = new EmbeddingSettings(
                        pooling, pooling == Pooling.MEAN, "query: ", "\"passage\" – ", 16)
                .withDimensions(pooling == Pooling.MEAN ? List.of(24, 7) : List.of());
        BasePrecision precision = pooling == Pooling.MEAN ? BasePrecision.STORED : BasePrecision.BF16;
        EmbeddingLoss loss = EmbeddingLoss.cosine();
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights);
                AdaptedModel model = new AdaptedModel(
                        weights,
                        adapters,
                        new EmbeddingObjective(weights, pooling, settings.normalized(), loss, BACKEND),
                        BACKEND)) {
            AdapterFolder.save(folder, card(settings, precision), adapters);
            try (SavedAdapter saved = AdapterFolder.load(folder);
                    RestoredModel restored = RestoredModel.of(saved, weights, "tiny", FINGERPRINT, BACKEND)) {
                assertEquals(Optional.of(card(settings, precision)), saved.card());
                assertEquals(Optional.empty(), saved.head());
                assertArrayEquals(model.predict(sequences()), restored.predict(sequences()));
                Path export = folder.resolve("peft");
                PeftExport.save(export, "tiny", saved, false);
                assertTrue(
                        Files.readString(export.resolve("adapter_config.json")).contains("FEATURE_EXTRACTION"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"kind\" : \"embedding\" | \"kind\" : \"text\" | field \"embedding\": expected none without embeddings",
                "\"pooling\" : \"mean\" | \"pooling\" : \"max\" | unknown pooling 'max', expected one of cls, mean, lasttoken",
                "\"normalized\" : true, | | field \"embedding.normalized\": missing",
                "\"normalized\" : true | \"normalized\" : true, \"dimensions\" : [7, 7] | field \"embedding.dimensions\": embedding settings: dimensions [7, 7], expected different numbers from 1",
                "\"max_length\" : 16 | \"max_length\" : 0 | maxLength is 0, expected >= 1",
                "\"tensors\" : | \"head\" : { }, \"tensors\" : | field \"head\": expected none",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights)) {
            EmbeddingSettings settings = new EmbeddingSettings(Pooling.MEAN, true, "", "", 16);
            AdapterFolder.save(folder, card(settings, BasePrecision.STORED), adapters);
        }
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), from);
        Files.writeString(config, text.replace(from, to == null ? "" : to));
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }

    @Test
    void settings_withoutTheTaskOrOfAnotherLength_areRefused() {
        EmbeddingSettings settings = EmbeddingSettings.standard(512);
        assertThrows(
                IllegalArgumentException.class,
                () -> new AdapterCard("tiny", "bert", FINGERPRINT, new EmbeddingDescription("words"), 16));
        assertThrows(
                IllegalArgumentException.class,
                () -> new AdapterCard(
                        "tiny",
                        "bert",
                        FINGERPRINT,
                        new EmbeddingDescription("words"),
                        settings.maxLength() - 1,
                        Optional.of(settings),
                        BasePrecision.STORED));
        try (TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT);
                AdapterSet adapters = adapters(weights);
                SequenceHead head = new SequenceHead(weights, 2, 1)) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> AdapterFolder.save(folder, card(settings, BasePrecision.STORED), adapters, head));
            assertEquals("save adapter: a head for task words, which is embedding", e.getMessage());
        }
    }
}
