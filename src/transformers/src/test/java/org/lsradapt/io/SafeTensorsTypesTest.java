package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.io.internal.StoredType;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Every type of the format with its bits, in one file and in several. */
class SafeTensorsTypesTest {

    @TempDir
    private Path folder;

    /** A file of one tensor per type of the given element count, of random bits, all NaNs and infinities among them. */
    private Path randomFile(long seed, String shape, int elements) throws IOException {
        List<String> entries = new ArrayList<>();
        int end = 0;
        for (StoredType type : StoredType.values()) {
            int begin = end;
            end += elements * type.bytes();
            entries.add("\"" + type + "\":{\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":["
                    + begin + "," + end + "]}");
        }
        byte[] data = new byte[end];
        new Random(seed).nextBytes(data);
        int bool = elements * bytes(type -> type.compareTo(StoredType.BOOL) < 0);
        for (int i = 0; i < elements; i++) {
            data[bool + i] &= 1;
        }
        return SafeTensorsTest.file(folder, "{" + String.join(",", entries) + "}", data);
    }

    private static int bytes(Predicate<StoredType> which) {
        return Arrays.stream(StoredType.values())
                .filter(which)
                .mapToInt(StoredType::bytes)
                .sum();
    }

    @Test
    void readStoredThenWrite_everyType_keepsEveryByte() throws IOException {
        long seed = Long.getLong("seed", 5);
        for (String shape : List.of("[7,11]", "[77]", "[1,77,1]", "[7,1,11]")) {
            Path from = randomFile(seed++, shape, 77);
            Map<String, INDArray> stored = new LinkedHashMap<>();
            try (SafeTensors file = SafeTensors.open(from)) {
                for (StoredType type : StoredType.values()) {
                    if (type.isReadable()) {
                        INDArray array = file.readStored(type.name());
                        assertEquals(type.stored(), array.dataType());
                        assertEquals(type.stored(), file.storedType(type.name()));
                        stored.put(type.name(), array);
                    }
                }
            }
            Path to = folder.resolve("again.safetensors");
            SafeTensors.write(to, stored, Map.of());
            byte[] before = Files.readAllBytes(from);
            byte[] after = Files.readAllBytes(to);
            assertEquals(13, stored.size());
            int length = 77 * bytes(type -> type.isReadable());
            int start = before.length - 77 * bytes(type -> true);
            assertArrayEquals(
                    Arrays.copyOfRange(before, start, start + length),
                    Arrays.copyOfRange(after, after.length - length, after.length));
            try (SafeTensors file = SafeTensors.open(to)) {
                assertEquals(DataType.FLOAT, file.dataType("BF16"));
                assertEquals(DataType.BFLOAT16, file.storedType("BF16"));
            }
        }
    }

    @Test
    void write_viewsOfSixteenBitArrays_areInOrder() throws IOException {
        INDArray base = Nd4j.arange(12).castTo(DataType.BFLOAT16).reshape(3, 4);
        Path file = folder.resolve("turned.safetensors");
        SafeTensors.write(file, Map.of("t", base.transpose()), Map.of());
        try (SafeTensors read = SafeTensors.open(file)) {
            assertArrayEquals(
                    new float[] {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11},
                    read.read("t").reshape(12).toFloatVector());
        }
    }

    @Test
    void read_moreDimensionsThanArraysHave_isRefused() throws IOException {
        String ones = "[" + "1,".repeat(32) + "1]";
        Path path = SafeTensorsTest.file(
                folder, "{\"a\":{\"dtype\":\"U8\",\"shape\":" + ones + ",\"data_offsets\":[0,1]}}", new byte[1]);
        try (SafeTensors file = SafeTensors.open(path)) {
            assertEquals(
                    path + ": tensor 'a' at [0, 1) cannot be read: it has 33 dimensions, an array at most 32",
                    assertThrows(IOException.class, () -> file.read("a")).getMessage());
        }
    }

    private static Map<String, INDArray> fiveTensors() {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("b", Nd4j.createFromArray(1f, 2f, 3f));
        tensors.put("a", Nd4j.createFromArray(1.5, 2.5));
        tensors.put("big", Nd4j.arange(20).castTo(DataType.INT64));
        tensors.put("none", Nd4j.create(DataType.FLOAT, 0));
        tensors.put("z", Nd4j.createFromArray(7f).castTo(DataType.FLOAT16));
        return tensors;
    }

    @Test
    void writeSharded_aBoundOnBytes_dividesInOrder() throws IOException {
        Map<String, INDArray> tensors = fiveTensors();
        Path index = folder.resolve("model.safetensors.index.json");
        ShardedSafeTensors.write(index, new ArrayTensors(tensors), Map.of("format", "pt"), 30);
        assertEquals(
                "{\"metadata\":{\"total_size\":190},\"weight_map\":{"
                        + "\"b\":\"model-00001-of-00003.safetensors\",\"a\":\"model-00001-of-00003.safetensors\","
                        + "\"big\":\"model-00002-of-00003.safetensors\",\"none\":\"model-00003-of-00003.safetensors\","
                        + "\"z\":\"model-00003-of-00003.safetensors\"}}",
                JsonFile.readObject(index).toString());
        try (ShardedSafeTensors read = ShardedSafeTensors.open(index)) {
            assertEquals(List.copyOf(tensors.keySet()), List.copyOf(read.names()));
            for (Map.Entry<String, INDArray> entry : tensors.entrySet()) {
                assertEquals(entry.getValue().dataType(), read.storedType(entry.getKey()));
                assertEquals(entry.getValue(), read.readStored(entry.getKey()));
            }
        }
        try (SafeTensors one = SafeTensors.open(folder.resolve("model-00003-of-00003.safetensors"))) {
            assertEquals(Map.of("format", "pt"), one.metadata());
        }
        Path fitting = folder.resolve("fitting.safetensors.index.json");
        ShardedSafeTensors.write(fitting, new ArrayTensors(tensors), Map.of(), 12 + 16);
        assertEquals(
                "fitting-00001-of-00003.safetensors",
                JsonFile.readObject(fitting).path("weight_map").path("a").textValue(),
                "what fits exactly is in");
        IOException again = assertThrows(
                IOException.class, () -> ShardedSafeTensors.write(index, new ArrayTensors(tensors), Map.of(), 30));
        assertEquals(index + ": exists, and several files cannot be replaced at one stroke", again.getMessage());
        Files.delete(index);
        Path first = folder.resolve("model-00001-of-00003.safetensors");
        byte[] content = Files.readAllBytes(first);
        again = assertThrows(
                IOException.class, () -> ShardedSafeTensors.write(index, new ArrayTensors(tensors), Map.of(), 30));
        assertEquals(first + ": exists, and several files cannot be replaced at one stroke", again.getMessage());
        assertArrayEquals(content, Files.readAllBytes(first));
    }

    @Test
    void writeSharded_wrongArguments_areRefused() {
        TensorSource tensors = new ArrayTensors(fiveTensors());
        assertRefused(
                "safetensors: 'model.json' is not an index file name, expected *.safetensors.index.json",
                "model.json",
                tensors,
                1);
        assertRefused(
                "safetensors: at most 0 bytes in a file, expected at least 1", "m.safetensors.index.json", tensors, 0);
        assertRefused(
                "safetensors: no tensors, expected at least one",
                "m.safetensors.index.json",
                new ArrayTensors(Map.of()),
                1);
        assertRefused(
                "safetensors: tensor 't' is UTF8, which the format does not have",
                "m.safetensors.index.json",
                new ArrayTensors(Map.of("t", Nd4j.create("text"))),
                1);
        assertTrue(folder.toFile().list().length == 0);
    }

    private void assertRefused(String message, String index, TensorSource tensors, long maxBytes) {
        assertEquals(
                message,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ShardedSafeTensors.write(folder.resolve(index), tensors, Map.of(), maxBytes))
                        .getMessage());
    }
}
