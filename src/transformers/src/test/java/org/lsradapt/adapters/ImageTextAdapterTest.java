package org.lsradapt.adapters;

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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.lsr.weights.FrozenLinear;
import org.lsradapt.tasks.description.ImageTextDescription;
import org.lsradapt.tasks.description.TaskDescription;
import org.lsradapt.transformer.weights.BasePrecision;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;

/** Adapters of models of two towers. */
class ImageTextAdapterTest {
    private static final TaskDescription CLASSES =
            new ImageTextDescription("images", List.of("cat", "dog"), "a photo of a {}");

    @TempDir
    Path folder;

    static Stream<AdapterCard> cards() {
        return Stream.of(
                card(CLASSES, BasePrecision.STORED),
                card(CLASSES, BasePrecision.INT8),
                card(new ImageTextDescription("images"), BasePrecision.STORED));
    }

    private static AdapterCard card(TaskDescription task, BasePrecision precision) {
        return new AdapterCard("CLIP", "clip", FINGERPRINT, task, 77, precision);
    }

    private void save(AdapterCard card, Precision storage) throws IOException {
        FrozenLinear layer = FrozenLinear.of("vision_model.fc1", Nd4j.ones(DataType.FLOAT, 12, 10));
        try (AdapterSet set = AdapterSet.create(List.of(layer), LsrConfig.defaults(), BACKEND)) {
            AdapterFolder.save(folder, card, set, storage);
        }
    }

    @ParameterizedTest
    @MethodSource("cards")
    void savedAndLoaded_saysTheSame(AdapterCard card) throws IOException {
        save(card, Precision.BF16);
        try (SavedAdapter saved = AdapterFolder.load(folder)) {
            assertEquals(Optional.of(card), saved.card());
            assertEquals(Optional.empty(), saved.head());
            assertEquals(Precision.BF16, saved.storage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"kind\" : \"image_text\" | \"kind\" : \"text\" | field \"task.labels\": not known, expected name, kind",
                "\"dog\" | \"dog\", 3 | field \"task.labels\": found [\"cat\",\"dog\",3], expected an array of strings",
                ", \"dog\" | | a image_text with labels [cat], expected at least 2",
                "of a {} | of a | with the template a photo of a, expected one with {}",
                "\"template\" : | \"templates\" : | field \"task.templates\": not known, expected name, kind, labels, template",
                "\"tensors\" : | \"head\" : { }, \"tensors\" : | field \"head\": expected none",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        save(card(CLASSES, BasePrecision.STORED), Precision.FP32);
        Path config = folder.resolve("adapter_config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(from), text);
        Files.writeString(config, text.replace(from, to == null ? "" : to));
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertTrue(message.startsWith(folder.toString()) && message.contains(complaint), message);
    }

    @Test
    void captions_haveNeitherLabelsNorTemplate() throws IOException {
        save(card(new ImageTextDescription("images"), BasePrecision.STORED), Precision.FP32);
        String text = Files.readString(folder.resolve("adapter_config.json"));
        assertTrue(!text.contains("labels") && !text.contains("template"), text);
    }
}
