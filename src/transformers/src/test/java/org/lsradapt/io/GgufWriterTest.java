package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class GgufWriterTest {

    @TempDir
    private Path folder;

    @Test
    void write_eachFormat_isReadBack() throws IOException {
        Path file = folder.resolve("all.gguf");
        Random random = new Random(8);
        Map<String, INDArray> arrays = Map.of(
                "vector", RandomArrays.normal(random, DataType.FLOAT, 7),
                "matrix", RandomArrays.normal(random, DataType.FLOAT, 3, 5),
                // More numbers than are encoded at once, turned.
                "large", RandomArrays.normal(random, DataType.FLOAT, 320, 300).transpose());
        GgufWriter writer = new GgufWriter();
        for (WeightFormat format : List.of(WeightFormat.F32, WeightFormat.F16, WeightFormat.BF16)) {
            arrays.forEach((name, array) -> writer.tensor(name + format, format, array.shape()));
        }
        writer.tensor("largeQ8_0", WeightFormat.Q8_0, 300, 320);
        writer.text("name", "naïve")
                .integer("count", 4_000_000_000L)
                .number("alpha", 1e-5f)
                .text("name", "second");
        writer.write(
                file,
                name -> arrays.get(name.replaceAll("(F32|BF16|F16|Q8_0)$", "")).dup());
        try (Gguf read = Gguf.open(file)) {
            assertEquals(Set.of("name", "count", "alpha"), read.metadata().keys());
            assertEquals("second", read.metadata().text("name"));
            assertEquals(4e9, read.metadata().number("count"));
            assertEquals(1e-5, read.metadata().number("alpha"));
            for (String name : read.names()) {
                INDArray expected = arrays.get(name.replaceAll("(F32|BF16|F16|Q8_0)$", ""));
                INDArray actual = read.read(name);
                assertArrayEquals(expected.shape(), actual.shape(), name);
                double unit = name.endsWith("Q8_0")
                        ? 0.02
                        : name.endsWith("BF16") ? 0x1p-8 : name.endsWith("F16") ? 0x1p-11 : 0;
                double largest = expected.sub(actual).normmaxNumber().doubleValue();
                assertFalse(largest > unit * expected.normmaxNumber().doubleValue(), name + " is off by " + largest);
            }
        }
    }

    @Test
    void metadataOf_aFile_keepsEveryTypeOfValue() throws IOException {
        Path from = Path.of("src/transformers/src/test/resources/golden/gguf/blocks.gguf");
        Path to = folder.resolve("copy.gguf");
        try (Gguf base = Gguf.open(from)) {
            new GgufWriter().metadataOf(base).integer("general.file_type", 1).write(to, name -> null);
            try (Gguf copy = Gguf.open(to)) {
                assertEquals(
                        base.metadata().keys().size() + 1,
                        copy.metadata().keys().size());
                for (String key : base.metadata().keys()) {
                    assertArrayEquals(base.value(key), copy.value(key), key);
                }
                assertEquals(1, copy.metadata().integer("general.file_type"));
            }
        }
    }

    @Test
    void write_whatDoesNotFit_isRefused() {
        GgufWriter writer = new GgufWriter();
        assertEquals(
                "gguf: tensor 'w' has rows of 33 numbers, expected a multiple of 32 for Q8_0",
                assertThrows(IllegalArgumentException.class, () -> writer.tensor("w", WeightFormat.Q8_0, 2, 33))
                        .getMessage());
        assertEquals(
                "gguf: tensor 'w': Q6_K is only read",
                assertThrows(IllegalArgumentException.class, () -> writer.tensor("w", WeightFormat.Q6_K, 2, 256))
                        .getMessage());
        writer.tensor("w", WeightFormat.F32, 2, 3);
        Path file = folder.resolve("none.gguf");
        assertEquals(
                "gguf: tensor 'w' was said to be [2, 3] and came as [3, 2]",
                assertThrows(
                                IllegalStateException.class,
                                () -> writer.write(
                                        file, name -> RandomArrays.normal(new Random(1), DataType.FLOAT, 3, 2)))
                        .getMessage());
        assertFalse(Files.exists(file));
    }
}
