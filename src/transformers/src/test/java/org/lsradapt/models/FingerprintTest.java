package org.lsradapt.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.io.SafeTensors;
import org.nd4j.linalg.api.ndarray.INDArray;

class FingerprintTest {
    private static final Path FAMILIES = Path.of("src/transformers/src/test/resources/golden/families");

    @TempDir
    private Path parent;

    /** A copy of a model's files without some tensors; which of them it lacks. */
    private int copy(Path from, Path to, String left) throws IOException {
        Files.createDirectory(to);
        for (String name : List.of("config.json", "tokenizer.json")) {
            Files.copy(from.resolve(name), to.resolve(name));
        }
        Map<String, INDArray> kept = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(from.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                if (!name.matches(left)) {
                    kept.put(name, file.read(name));
                }
            }
            SafeTensors.write(to.resolve("model.safetensors"), kept, Map.of());
            return file.names().size() - kept.size();
        }
    }

    @ParameterizedTest
    @CsvSource({"bert, 2", "deberta-v3, 2", "llama, 1"})
    void encoderFingerprint_isThatOfTheModelWithoutPoolerAndOutputMatrix(String model, int lacking) throws IOException {
        Path copy = parent.resolve("copy");
        assertEquals(lacking, copy(FAMILIES.resolve(model), copy, ".*(pooler|lm_head).*"));
        try (PretrainedModel whole = Models.load(FAMILIES.resolve(model).toString());
                PretrainedModel bare = Models.load(copy.toString())) {
            assertEquals(bare.fingerprint(), whole.encoderFingerprint());
            assertEquals(bare.fingerprint(), bare.encoderFingerprint());
            assertNotEquals(whole.fingerprint(), whole.encoderFingerprint());
        }
    }

    @ParameterizedTest
    @CsvSource({"bert, encoder.layer.0.output.dense.weight", "deberta-v3, encoder.LayerNorm.bias"})
    void encoderFingerprint_isOfAllElse(String model, String changed) throws IOException {
        Path copy = parent.resolve("copy");
        copy(FAMILIES.resolve(model), copy, "nothing");
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        try (SafeTensors file = SafeTensors.open(copy.resolve("model.safetensors"))) {
            for (String name : file.names()) {
                arrays.put(name, file.read(name));
            }
        }
        arrays.entrySet().stream()
                .filter(entry -> entry.getKey().endsWith(changed))
                .forEach(entry -> entry.getValue().addi(1));
        SafeTensors.write(copy.resolve("model.safetensors"), arrays, Map.of());
        try (PretrainedModel whole = Models.load(FAMILIES.resolve(model).toString());
                PretrainedModel other = Models.load(copy.toString())) {
            assertNotEquals(whole.encoderFingerprint(), other.encoderFingerprint());
        }
    }
}
