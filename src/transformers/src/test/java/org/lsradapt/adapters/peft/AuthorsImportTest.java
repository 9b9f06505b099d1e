package org.lsradapt.adapters.peft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TransformerWeights;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The sizes of the authors' arrays, one wrong at a time. */
class AuthorsImportTest {
    private static final String LAYER = "bert.encoder.layer.0.attention.self.query.";

    @TempDir
    private Path folder;

    private Path write(String part, String sizes) throws IOException {
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        arrays.put("lora_A1", Nd4j.ones(DataType.FLOAT, 5, 2, 4));
        arrays.put("lora_A2", Nd4j.ones(DataType.FLOAT, 5, 2, 3));
        arrays.put("lora_B1", Nd4j.ones(DataType.FLOAT, 5, 6, 2));
        arrays.put("lora_B2", Nd4j.ones(DataType.FLOAT, 5, 2, 2));
        if (!part.isEmpty()) {
            long[] shape =
                    Arrays.stream(sizes.split("x")).mapToLong(Long::parseLong).toArray();
            arrays.put(part, Nd4j.ones(DataType.FLOAT, shape));
        }
        Map<String, INDArray> named = new LinkedHashMap<>();
        arrays.forEach((name, array) -> named.put(LAYER + name, array));
        Path file = folder.resolve("adapter.safetensors");
        SafeTensors.write(file, named, Map.of());
        return file;
    }

    @ParameterizedTest
    @CsvSource({
        "lora_A2, 4x2x3, 's, the first size,', 5",
        "lora_B1, 4x6x2, 's, the first size,', 5",
        "lora_B2, 6x2x2, 's, the first size,', 5",
        "lora_A2, 5x3x3, 'r, the second size,', 2",
        "lora_B1, 5x6x3, 'r, the last size,', 2",
        "lora_B2, 5x2x1, 'r, the last size,', 2"
    })
    void load_sizesThatDisagree_namesTheTensor(String part, String sizes, String what, int expected)
            throws IOException {
        Path file = write(part, sizes);
        IOException e = assertThrows(IOException.class, () -> AuthorsImport.load(file, 3));
        assertEquals(
                file + ": tensor '" + LAYER + part + "' is [" + sizes.replace("x", ", ") + "], expected " + what
                        + " to be " + expected,
                e.getMessage());
    }

    @Test
    void load_sizesThatAgree_areThoseOfTheLayer() throws IOException {
        Path file = write("", "");
        try (ImportedAdapter imported = AuthorsImport.load(file, 3)) {
            assertEquals(1, imported.layers().size());
            assertEquals(12, imported.layers().get(0).a().rows());
            assertEquals(4, imported.layers().get(0).a().columns());
            assertEquals(12, imported.layers().get(0).b().columns());
            assertEquals(1.5, imported.layers().get(0).config().scaling(), "α over the factors' r");
        }
        for (double alpha : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThrows(IllegalArgumentException.class, () -> AuthorsImport.load(file, alpha));
        }
    }

    @Test
    void adapters_ofFactorsThatMultiplyUpBeyondFloat_areRefused() throws IOException {
        Path file = write("", "");
        Map<String, INDArray> arrays = new LinkedHashMap<>();
        try (SafeTensors tensors = SafeTensors.open(file)) {
            for (String name : tensors.names()) {
                arrays.put(name, tensors.read(name).assign(1e20f));
            }
        }
        SafeTensors.write(file, arrays, Map.of());
        try (ImportedAdapter imported = AuthorsImport.load(file, 3);
                TransformerWeights weights = SmallModel.BERT.weights(DataType.FLOAT)) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class,
                    () -> imported.adapters(SmallModel.BERT.family(), weights, Backends.standard()));
            assertTrue(
                    e.getMessage()
                            .startsWith(file + ": layer 'encoder.layer.0.attention.self.query': the factors of A"),
                    e.getMessage());
        }
    }
}
