package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.adapters.TinyAdapter.BACKEND;
import static org.lsradapt.adapters.TinyAdapter.FINGERPRINT;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Folders that must not load, and what is said about them. */
class DamagedFolderTest {

    private static final String QUERY = "base_model.model.encoder.layer.0.attention.self.query.lsr_";

    @TempDir
    Path folder;

    private Path config;
    private Path tensors;

    @BeforeEach
    void save() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder);
        }
        config = folder.resolve("adapter_config.json");
        tensors = folder.resolve("adapter_model.safetensors");
    }

    private void assertRefused(String... parts) {
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(folder))
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.startsWith(folder.toString()), message);
        for (String part : parts) {
            assertTrue(message.contains(part), message + "\nshould contain " + part);
        }
    }

    @Test
    void untouched_loads() throws IOException {
        AdapterFolder.load(folder).close();
    }

    @Test
    void noFolder_isNamed() throws IOException {
        Path missing = folder.resolve("missing");
        String message = assertThrows(IOException.class, () -> AdapterFolder.load(missing))
                .getMessage();
        assertEquals(
                missing + ": there is no such folder, expected one with adapter_config.json and"
                        + " adapter_model.safetensors",
                message);
    }

    @Test
    void missingFiles_areNamed() throws IOException {
        Files.delete(tensors);
        assertRefused("adapter_model.safetensors: there is no such file");
        Files.delete(config);
        assertRefused("adapter_config.json: there is no such file");
    }

    @Test
    void truncatedTensors_areRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(tensors);
        for (int length : new int[] {0, 5, 100, bytes.length - 1}) {
            Files.write(tensors, Arrays.copyOf(bytes, length));
            assertRefused(
                    "adapter_model.safetensors: truncated, found " + length + " bytes",
                    "adapter_config.json expects " + bytes.length);
        }
    }

    @Test
    void oneBitFlipped_isRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(tensors);
        for (int at : new int[] {0, 9, bytes.length / 2, bytes.length - 1}) {
            byte[] altered = bytes.clone();
            altered[at] ^= 4;
            Files.write(tensors, altered);
            assertRefused("adapter_model.safetensors: altered, found " + bytes.length + " bytes with CRC-32C");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "\"format_version\" : 1 | \"format_version\" : 2 | field \"format_version\": found 2, expected 1; another version of this library wrote it",
                "\"format_version\" : 1 | \"format_version\" : 0 | field \"format_version\": found 0, expected 1",
                "\"format_version\" : 1 | \"format_version\" : 1, \"later\" : \"int8\" | field \"later\": not known, expected format_version, library_version",
                "\"storage\" : \"fp32\" | \"storage\" : \"fp8-e4m3\" | field \"storage\": saved adapter: fp8-e4m3 is not supported",
                "\"storage\" : \"fp32\", | | field \"storage\": missing, expected a string",
                "\"adapters\" : | \"adapter\" : | field \"adapter\": not known",
                "\"task\" : | \"embedding\" : {}, \"task\" : | field \"embedding\": expected none without embeddings",
                "\"seed\" | \"sead\" | field \"adapters[0].sead\": not known, expected r, separation_rank",
                "\"crc32c\" : | \"more\" : 1, \"crc32c\" : | field \"tensors.more\": not known, expected file, bytes, crc32c",
                "\"file\" : \"adapter_model.safetensors\" | \"file\" : \"../adapter_model.safetensors\" | field \"tensors.file\": found \"../adapter_model.safetensors\", expected adapter_model.safetensors or adapter_model-XXXXXXXX",
                "\"file\" : \"adapter_model.safetensors\" | \"file\" : \"adapter_model-0123abcd.safetensors\" | adapter_model-0123abcd.safetensors: there is no such file",
                "layer.2.attention.self.query | layer.1.attention.self.query | names encoder.layer.1.attention.self.query again",
                "\"format_version\" : 1, | | field \"format_version\": missing, expected a whole number",
                "\"LSR\" | \"LORA\" | field \"adapters[0].peft_type\": found LORA, the kinds of adapters on the class path are LSR, LSR_SHARED, KRONECKER",
                "\"peft_type\" : \"LSR\", | | field \"adapters[0].peft_type\": missing, expected a string",
                "\"r\" : 4 | \"r\" : \"4\" | field \"adapters[0].r\": found \"4\", expected a whole number",
                "\"r\" : 4 | \"r\" : 0 | field \"adapters[0]\": bottleneck rank r is 0, expected >= 1",
                "\"r\" : 4 | \"r\" : 8 | lsr_A1' is [3, 4, 2], adapter_config.json asks for [3, 4, 4]",
                "\"separation_rank\" : 3 | \"separation_rank\" : 2 | [3, 4, 2], adapter_config.json asks for [2, 4, 2]",
                "\"factor_count\" : 2 | \"factor_count\" : 3 | there is no tensor 'base_model.model.encoder",
                "\"in_factors\" : [ ] | \"in_factors\" : [ 5, 2 ] | lsr_A1' and its fellow factors: input factor sizes [5, 2]",
                "\"in_factors\" : [ ] | \"in_factors\" : [ 6, 2 ] | lsr_A1' is [3, 4, 2], adapter_config.json asks for [3, 6, 2]",
                "\"in_factors\" : [ ] | \"in_factors\" : [ 0.5 ] | found [0.5], expected an array of whole numbers",
                "\"term_weights\" : true | \"term_weights\" : false | lsr_A_lambda' is not one that adapter_config.json asks for",
                "\"alpha\" : 4.0 | \"alpha\" : 5.0 | field \"adapters[0].scaling\": found 4.0, but alpha 5.0 with rule alpha",
                "\"alpha\" : 4.0 | \"alpha\" : \"NaN\" | field \"adapters[0].alpha\": found \"NaN\", expected a number",
                "\"scaling_rule\" : \"alpha\" | \"scaling_rule\" : \"beta\" | expected one of alpha, alpha/r, alpha/sqrt-r",
                "\"zero-update\" | \"zero\" | unknown initialization 'zero', expected one of zero-update,",
                "layer.2.attention.self.query | layer.2.attention.self.key | there is no tensor",
                "\"kind\" : \"classification\" | \"kind\" : \"regression\" | a regression with labels [red, green, blue], expected none",
                "\"green\", | | field \"head.outputs\": found 3, but the task has 2",
                "\"outputs\" : 3 | \"outputs\" : 2 | field \"head.outputs\": found 2, but the task has 3",
                "\"classifier.weight\", | \"classifier.weight\", \"classifier.weight\", | names an array twice, expected each once",
                "\"classifier.weight\", | | classifier.weight' is not one that adapter_config.json asks for",
                "\"max_length\" : 16 | \"max_length\" : 0 | field \"max_length\": max_length is 0, expected >= 1",
                "\"max_length\" : 16 | \"max_length\" : 16, \"max_length\" : 17 | line 8: not valid JSON: Duplicate field",
                "\"alpha\" : 4.0 | \"alpha\" : 1e999 | found Infinity, expected a finite number",
                "\"factor_count\" : 2 | \"factor_count\" : 2147483647 | number of Kronecker factors is 2147483647",
                "\"max_length\" : 16, | \"max_length\" : 16 | line 9: not valid JSON",
            })
    void alteredConfig_isRefused(String from, String to, String complaint) throws IOException {
        String text = Files.readString(config);
        assertTrue(text.contains(from), from);
        Files.writeString(config, text.replace(from, to == null ? "" : to));
        assertRefused(complaint);
    }

    /** What a flipped bit makes of a file that still says something is noticed by the tensor file's seal. */
    @Test
    void aBitOfTheConfig_flipped_isRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(config);
        int sealed = 0;
        for (int bit = 0; bit < 8 * bytes.length; bit += 13) {
            byte[] altered = bytes.clone();
            altered[bit / 8] ^= (byte) (1 << (bit % 8));
            Files.write(config, altered);
            try {
                AdapterFolder.load(folder).close();
                assertEquals(withoutSpace(bytes), withoutSpace(altered), "byte " + bit / 8);
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(folder.toString()), e.getMessage());
                sealed += e.getMessage().contains("the tensor file expects ") ? 1 : 0;
            }
        }
        assertTrue(sealed > 10, sealed + " were found by the seal alone");
    }

    private static String withoutSpace(byte[] json) {
        return new String(json, StandardCharsets.ISO_8859_1).replaceAll("[ \t\r\n]", "");
    }

    @Test
    void labelsSwapped_areRefused() throws IOException {
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"red\"", "\"x\"")
                        .replace("\"blue\"", "\"red\"")
                        .replace("\"x\"", "\"blue\""));
        assertRefused("adapter_config.json: altered, found CRC-32C ", ", the tensor file expects ");
    }

    @Test
    void fieldThatIsMovedBehindTheChecksum_isRefused() throws IOException {
        String text = Files.readString(config);
        String field = "\"library_version\" : ";
        int at = text.indexOf(field);
        String line = text.substring(at, text.indexOf('\n', at) + 1);
        String moved = text.replace(line, "").stripTrailing();
        Files.writeString(config, moved.substring(0, moved.length() - 1) + ", " + field + "\"9\"}");
        assertRefused("adapter_config.json: altered, found CRC-32C ");
    }

    @Test
    void tensorsWithoutASeal_areRefused() throws IOException {
        byte[] unsealed = new String(Files.readAllBytes(tensors), StandardCharsets.ISO_8859_1)
                .replace("adapter_config_crc32c", "adapter_config_md5sum")
                .getBytes(StandardCharsets.ISO_8859_1);
        Files.write(tensors, unsealed);
        Files.write(config, Resealed.config(Files.readAllBytes(config), unsealed));
        assertRefused(
                "adapter_model.safetensors: has no adapter_config_crc32c in its metadata, expected the checksum of");
    }

    @Test
    void otherWhiteSpace_loads() throws IOException {
        Files.writeString(config, Files.readString(config).replace("\n", "\r\n").replace("  ", "\t"));
        AdapterFolder.load(folder).close();
    }

    static Stream<Arguments> tensorChanges() {
        return Stream.of(
                Arguments.of(QUERY + "A2", null, "there is no tensor '" + QUERY + "A2'"),
                Arguments.of("surplus", Nd4j.zeros(DataType.FLOAT, 2), "tensor 'surplus' is not one that"),
                Arguments.of(
                        QUERY + "A2",
                        Nd4j.zeros(DataType.FLOAT, 3, 3, 3),
                        "'" + QUERY + "A2' is [3, 3, 3], adapter_config.json asks for [3, 3, 2]"),
                Arguments.of(
                        QUERY + "B2",
                        Nd4j.zeros(DataType.FLOAT, 3, 6),
                        "'" + QUERY + "B2' is [3, 6], expected [s, rows, cols]"),
                Arguments.of(
                        QUERY + "A_lambda",
                        Nd4j.zeros(DataType.FLOAT, 4),
                        "'" + QUERY + "A_lambda' is [4], adapter_config.json asks for [3]"),
                Arguments.of(QUERY + "B1", Nd4j.zeros(DataType.DOUBLE, 3, 2, 4), "B1' is DOUBLE, expected FLOAT"),
                Arguments.of(
                        QUERY + "A_lambda",
                        Nd4j.createFromArray(1f, Float.NaN, 1f),
                        "'" + QUERY + "A_lambda' has NaN or infinity, expected finite numbers"),
                Arguments.of(
                        QUERY + "A2",
                        Nd4j.valueArrayOf(new long[] {3, 3, 2}, Float.NEGATIVE_INFINITY, DataType.FLOAT),
                        "'" + QUERY + "A2' has NaN or infinity"),
                Arguments.of(
                        "base_model.model.classifier.bias",
                        Nd4j.createFromArray(0f, 1f, Float.NaN),
                        "classifier.bias' has NaN or infinity"),
                Arguments.of(
                        "base_model.model.classifier.bias",
                        Nd4j.zeros(DataType.FLOAT, 2),
                        "classifier.bias' is [2], expected 3 rows"));
    }

    /** A file with other tensors whose checksum is right: as another program might write it. */
    @ParameterizedTest
    @MethodSource("tensorChanges")
    void otherTensors_areRefused(String name, INDArray replacement, String complaint) throws IOException {
        Map<String, INDArray> all = new LinkedHashMap<>();
        Map<String, String> metadata;
        try (SafeTensors file = SafeTensors.open(tensors)) {
            metadata = file.metadata();
            for (String tensor : file.names()) {
                all.put(tensor, file.read(tensor));
            }
        }
        if (replacement == null) {
            all.remove(name);
        } else {
            all.put(name, replacement);
        }
        TensorFile before = TensorFile.of(tensors);
        SafeTensors.write(tensors, all, metadata);
        TensorFile after = TensorFile.of(tensors);
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"bytes\" : " + before.bytes(), "\"bytes\" : " + after.bytes())
                        .replace(before.crc32c(), after.crc32c()));
        assertRefused("adapter_model.safetensors: ", complaint);
    }

    @Test
    void anotherModelsAdapter_isRefusedWithBothFingerprints() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr();
                SavedAdapter saved = AdapterFolder.load(folder)) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> RestoredModel.of(saved, tiny.encoder, "other", "ffffffff", BACKEND))
                    .getMessage();
            assertEquals(
                    folder + ": the adapter is for base model tiny with fingerprint 0123abcd, but model other has"
                            + " fingerprint ffffffff",
                    message);
        }
    }

    @Test
    void headOfAnotherFamily_isRefused() throws IOException {
        try (TinyAdapter roberta =
                        new TinyAdapter(SmallModel.ROBERTA, null, DataType.FLOAT, TinyAdapter.threeClasses());
                SavedAdapter saved = AdapterFolder.load(folder)) {
            String message = assertThrows(
                            IllegalArgumentException.class,
                            () -> RestoredModel.of(saved, roberta.encoder, "roberta", FINGERPRINT, BACKEND))
                    .getMessage();
            assertTrue(message.contains("the head has [classifier.weight, classifier.bias], the model's"), message);
        }
    }
}
