package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

class SafeTensorsTest {

    @TempDir
    private Path folder;

    /** A file of any header and data, right or wrong. */
    static Path file(Path folder, String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer all = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        all.putLong(json.length).put(json).put(data);
        return Files.write(folder.resolve("t.safetensors"), all.array());
    }

    private static ByteBuffer littleEndian(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The JDK closes the channels of an interrupted thread without a word. */
    @Test
    void openAndWrite_byAnInterruptedThread_nameTheFile() throws IOException {
        Path file = file(folder, "{}", new byte[0]);
        Thread.currentThread().interrupt();
        IOException unread =
                assertThrows(IOException.class, () -> SafeTensors.open(file).close());
        IOException unwritten = assertThrows(IOException.class, () -> SafeTensors.write(file, Map.of(), Map.of()));
        assertTrue(Thread.interrupted());
        assertEquals(file + ": cannot be read: the thread was interrupted", unread.getMessage());
        assertEquals(file + ": cannot be written: the thread was interrupted", unwritten.getMessage());
        SafeTensors.open(file).close();
    }

    /** Exact bits, which {@code INDArray.equals} does not compare. */
    private static long[] bits(INDArray array) {
        INDArray flat = array.dup('c').reshape(array.length());
        long[] bits = new long[(int) flat.length()];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = flat.dataType() == DataType.DOUBLE
                    ? Double.doubleToRawLongBits(flat.getDouble(i))
                    : Float.floatToRawIntBits(flat.getFloat(i));
        }
        return bits;
    }

    private void assertRoundTrip(Map<String, INDArray> tensors, Map<String, String> metadata) throws IOException {
        Path file = folder.resolve("round.safetensors");
        SafeTensors.write(file, tensors, metadata);
        try (SafeTensors read = SafeTensors.open(file)) {
            assertEquals(new ArrayList<>(tensors.keySet()), new ArrayList<>(read.names()));
            assertEquals(metadata, read.metadata());
            for (Map.Entry<String, INDArray> entry : tensors.entrySet()) {
                INDArray back = read.read(entry.getKey());
                assertArrayEquals(entry.getValue().shape(), back.shape(), entry.getKey());
                assertArrayEquals(entry.getValue().shape(), read.shape(entry.getKey()));
                assertEquals(entry.getValue().dataType(), back.dataType());
                assertEquals(back.dataType(), read.dataType(entry.getKey()));
                if (!back.isEmpty()) {
                    assertEquals('c', back.ordering());
                    assertArrayEquals(bits(entry.getValue()), bits(back), entry.getKey());
                }
            }
        }
    }

    @Test
    void writeThenRead_anyShapeOrderAndView_keepsEveryBit() throws IOException {
        Nd4j.getRandom().setSeed(Long.getLong("seed", 1));
        INDArray base = Nd4j.randn(DataType.FLOAT, 7, 11);
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("z first", base);
        tensors.put("a transposed", base.transpose());
        tensors.put("view", base.get(NDArrayIndex.interval(1, 2, 6), NDArrayIndex.interval(3, 8)));
        tensors.put("f order", base.dup('f'));
        tensors.put("scalar", Nd4j.scalar(3.5f));
        tensors.put("empty", Nd4j.create(DataType.FLOAT, 3, 0));
        tensors.put("double", Nd4j.randn(DataType.DOUBLE, 2, 1, 3, 1));
        tensors.put("one", Nd4j.randn(DataType.FLOAT, 1));
        tensors.put("odd", Nd4j.createFromArray(-0f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE, 1e-40f));
        tensors.put("é\"\\\n", Nd4j.scalar(Math.PI));
        assertRoundTrip(tensors, Map.of("format", "pt", "umlaut", "ü \"quoted\""));
    }

    @Test
    void writeThenRead_nothing_isAFileWithoutTensors() throws IOException {
        assertRoundTrip(Map.of(), Map.of());
    }

    @Test
    void write_twoTensors_hasTheBytesOfTheFormat() throws IOException {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("b", Nd4j.createFromArray(1f, 2f));
        tensors.put("a", Nd4j.createFromArray(new double[][] {{3}}));
        Path file = folder.resolve("bytes.safetensors");
        SafeTensors.write(file, tensors, Map.of("k", "v"));
        String header = "{\"__metadata__\":{\"k\":\"v\"},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"a\":{\"dtype\":\"F64\",\"shape\":[1,1],\"data_offsets\":[8,16]}}";
        String padded = header + " ".repeat((8 - header.length() % 8) % 8);
        ByteBuffer expected = littleEndian(8 + padded.length() + 16);
        expected.putLong(padded.length()).put(padded.getBytes(StandardCharsets.US_ASCII));
        expected.putFloat(1).putFloat(2).putDouble(3);
        assertArrayEquals(expected.array(), Files.readAllBytes(file));
    }

    @Test
    void write_wrongArguments_areRefusedAndNothingIsWritten() {
        Path file = folder.resolve("none.safetensors");
        Map<String, INDArray> texts = Map.of("n", Nd4j.create("a", "b"));
        assertEquals(
                "safetensors: tensor 'n' is UTF8, which the format does not have",
                assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(file, texts, Map.of()))
                        .getMessage());
        Map<String, INDArray> reserved = Map.of("__metadata__", Nd4j.scalar(1f));
        assertEquals(
                "safetensors: a tensor cannot be named __metadata__",
                assertThrows(IllegalArgumentException.class, () -> SafeTensors.write(file, reserved, Map.of()))
                        .getMessage());
        assertFalse(Files.exists(file));
    }

    @Test
    void read_everyType_hasTheStoredValues() throws IOException {
        String header = "{\"f64\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]},"
                + "\"f32\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[16,20]},"
                + "\"f16\":{\"dtype\":\"F16\",\"shape\":[2],\"data_offsets\":[20,24]},"
                + "\"bf16\":{\"dtype\":\"BF16\",\"shape\":[2,1],\"data_offsets\":[24,28]},"
                + "\"i64\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[28,36]},"
                + "\"i32\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[36,40]},"
                + "\"i16\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[40,42]},"
                + "\"i8\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[42,43]},"
                + "\"u8\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[43,44]},"
                + "\"bool\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[44,47]},"
                + "\"f8\":{\"dtype\":\"F8_E4M3\",\"shape\":[1],\"data_offsets\":[47,48]}}";
        ByteBuffer data = littleEndian(48);
        data.putDouble(Math.E)
                .putDouble(-1e300)
                .putFloat(0.1f)
                .putShort((short) 0x3c01)
                .putShort((short) 0xc000);
        data.putShort((short) 0x3f81)
                .putShort((short) 0xff80)
                .putLong(Long.MIN_VALUE + 1)
                .putInt(-70000);
        data.putShort((short) -300).put((byte) -7).put((byte) 200);
        data.put((byte) 1).put((byte) 0).put((byte) 1).put((byte) 9);
        try (SafeTensors file = SafeTensors.open(file(folder, header, data.array()))) {
            assertArrayEquals(new double[] {Math.E, -1e300}, file.read("f64").toDoubleVector());
            assertEquals(0.1f, file.read("f32").getFloat(0));
            assertEquals(0, file.read("f32").rank());
            assertEquals(DataType.FLOAT, file.dataType("f16"));
            assertArrayEquals(new float[] {1 + 0x1p-10f, -2}, file.read("f16").toFloatVector());
            assertArrayEquals(
                    new float[] {1 + 0x1p-7f, Float.NEGATIVE_INFINITY},
                    file.read("bf16").reshape(2).toFloatVector());
            assertEquals(Long.MIN_VALUE + 1, file.read("i64").getLong(0));
            assertEquals(-70000, file.read("i32").getInt(0));
            assertEquals(DataType.INT16, file.read("i16").dataType());
            assertEquals(-300, file.read("i16").getInt(0));
            assertEquals(-7, file.read("i8").getInt(0));
            assertEquals(200, file.read("u8").getInt(0));
            assertEquals(DataType.BOOL, file.dataType("bool"));
            INDArray bool = file.read("bool");
            assertEquals(DataType.BOOL, bool.dataType());
            assertArrayEquals(new float[] {1, 0, 1}, bool.castTo(DataType.FLOAT).toFloatVector());
            assertEquals(DataType.UNKNOWN, file.dataType("f8"));
            String message =
                    assertThrows(IOException.class, () -> file.read("f8")).getMessage();
            assertTrue(message.endsWith("tensor 'f8' is of type F8_E4M3, which cannot be read"), message);
        }
    }

    @Test
    void read_insideAWorkspace_givesAnArrayThatOutlivesIt() throws IOException {
        Path file = folder.resolve("w.safetensors");
        SafeTensors.write(file, Map.of("a", Nd4j.createFromArray(1f, 2f, 3f)), Map.of());
        INDArray array;
        try (SafeTensors open = SafeTensors.open(file)) {
            try (MemoryWorkspace workspace = Nd4j.getWorkspaceManager().getAndActivateWorkspace("READ")) {
                assertEquals("READ", workspace.getId());
                array = open.read("a");
            }
        }
        assertFalse(array.isAttached());
        assertArrayEquals(new float[] {2, 3, 4}, array.addi(1).toFloatVector());
        assertTrue(array.closeable());
    }

    @Test
    void read_beyondTwoGibibytes_findsTheTensor() throws IOException {
        long big = (1L << 31) + 5;
        String header = "{\"big\":{\"dtype\":\"U8\",\"shape\":[" + big + "],\"data_offsets\":[0," + big + "]},"
                + "\"last\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + big + "," + (big + 8) + "]}}";
        Path path = file(folder, header, new byte[0]);
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.setLength(sparse.length() + big + 8);
            sparse.seek(sparse.length() - 4);
            sparse.write(littleEndian(4).putFloat(7).array());
        }
        try (SafeTensors file = SafeTensors.open(path)) {
            assertArrayEquals(new float[] {0, 7}, file.read("last").toFloatVector());
            assertArrayEquals(new long[] {big}, file.shape("big"));
        }
    }

    @Test
    void readAndWrite_streams_giveTheSameFile() throws IOException {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put("a", Nd4j.createFromArray(1.5, -2));
        tensors.put("b", Nd4j.createFromArray(1, 2, 3));
        tensors.put("c", Nd4j.createFromArray(0.25f));
        Path file = folder.resolve("whole.safetensors");
        SafeTensors.write(file, tensors, Map.of("k", "v"));
        byte[] bytes = Files.readAllBytes(file);
        try (SafeTensors source = SafeTensors.open(file)) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            SafeTensors.write(out, source, source.metadata());
            assertArrayEquals(bytes, out.toByteArray());
        }
        try (SafeTensors stream = SafeTensors.of("stream", new ByteArrayInputStream(bytes), bytes.length)) {
            assertEquals(tensors.get("a"), stream.read("a"));
            assertEquals(tensors.get("c"), stream.read("c"), "one left out");
        }
        try (SafeTensors cut =
                SafeTensors.of("cut", new ByteArrayInputStream(bytes, 0, bytes.length - 1), bytes.length)) {
            String message =
                    assertThrows(IOException.class, () -> cut.read("c")).getMessage();
            assertTrue(message.startsWith("cut: tensor 'c' at [28, 32) cannot be read"), message);
        }
    }

    @Test
    void read_unknownNameOrClosed_isRefused() throws IOException {
        Path path = folder.resolve("c.safetensors");
        SafeTensors.write(path, Map.of("a", Nd4j.scalar(1f)), Map.of());
        SafeTensors file = SafeTensors.open(path);
        assertEquals(
                path + ": there is no tensor 'b'",
                assertThrows(IllegalArgumentException.class, () -> file.read("b"))
                        .getMessage());
        file.close();
        assertEquals(
                path + ": read of tensor 'a' after close",
                assertThrows(IllegalStateException.class, () -> file.read("a")).getMessage());
        assertTrue(file.has("a"));
    }

    @Test
    void open_missingFile_namesIt() {
        Path path = folder.resolve("gone.safetensors");
        assertEquals(
                path + ": there is no such file",
                assertThrows(IOException.class, () -> SafeTensors.open(path)).getMessage());
    }

    /** What has no numbers lies where the next begins, and may be named behind it. */
    @Test
    void open_emptyTensorNamedAfterTheOneAtItsPlace_isRead() throws IOException {
        String header = "{" + tensor("full", "F32", "2", "0,8") + "," + tensor("none", "F32", "0", "0,0") + "}";
        try (SafeTensors open = SafeTensors.open(file(folder, header, new byte[8]))) {
            assertEquals(Set.of("full", "none"), open.names());
        }
    }

    @ParameterizedTest
    @MethodSource
    void open_badLength_isRefused(byte[] content, String message) throws IOException {
        Path path = Files.write(folder.resolve("bad.safetensors"), content);
        IOException e = assertThrows(IOException.class, () -> SafeTensors.open(path));
        assertEquals(path + ": " + message, e.getMessage());
    }

    static Stream<Arguments> open_badLength_isRefused() {
        return Stream.of(
                Arguments.of(new byte[5], "5 bytes long, a safetensors file begins with 8 bytes of header length"),
                Arguments.of(
                        littleEndian(20).putLong(100_000_001).array(),
                        "header length 100000001 (bytes 0 to 8) is above the format's limit of 100000000; this is not a"
                                + " safetensors file, or a damaged one"),
                Arguments.of(
                        littleEndian(20).putLong(-1).array(),
                        "header length 18446744073709551615 (bytes 0 to 8) is above the format's limit of 100000000;"
                                + " this is not a safetensors file, or a damaged one"),
                Arguments.of(
                        littleEndian(20).putLong(13).array(),
                        "header length 13 (bytes 0 to 8) runs past the end of the file, which is 20 bytes long"),
                Arguments.of(littleEndian(8).array(), "the header does not begin with '{'"));
    }

    @ParameterizedTest
    @MethodSource
    void open_badHeader_isRefused(String header, int dataLength, String message) throws IOException {
        Path path = file(folder, header, new byte[dataLength]);
        IOException e = assertThrows(IOException.class, () -> SafeTensors.open(path));
        assertEquals(path + ": " + message, e.getMessage());
    }

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" + shape + "],\"data_offsets\":[" + offsets
                + "]}";
    }

    static Stream<Arguments> open_badHeader_isRefused() {
        String a = tensor("a", "F32", "2", "0,8");
        List<Arguments> cases = new ArrayList<>(List.of(
                Arguments.of("[1]", 0, "the header does not begin with '{'"),
                Arguments.of(" {}", 0, "the header does not begin with '{'"),
                Arguments.of("{} {}", 0, "the header continues after its closing '}'"),
                Arguments.of(
                        "{" + a + "," + a + "}",
                        8,
                        "the header is not valid JSON near its byte 57: Duplicate field 'a'"),
                Arguments.of("{\"a\":3}", 8, "tensor 'a' is not described by an object"),
                Arguments.of(
                        "{\"__metadata__\":{\"k\":1}}", 0, "__metadata__: field \"k\": found 1, expected a string"),
                Arguments.of(
                        "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
                        0,
                        "the header is not valid JSON near its byte 28: Duplicate field 'k'"),
                Arguments.of("{\"__metadata__\":[]}", 0, "__metadata__ is not described by an object"),
                Arguments.of(
                        "{\"__metadata__\":{},\"__metadata__\":{}}",
                        0,
                        "the header is not valid JSON near its byte 33: Duplicate field '__metadata__'"),
                Arguments.of(
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":[]}}",
                        4,
                        "tensor 'a': field \"data_offsets\": missing, expected an array of whole numbers from 0 to 2^63 - 1"),
                Arguments.of(
                        "{\"a\":{\"shape\":[],\"data_offsets\":[0,4]}}",
                        4,
                        "tensor 'a': field \"dtype\": missing, expected a string"),
                Arguments.of(
                        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}",
                        4,
                        "tensor 'a': field \"shape\": missing, expected an array of whole numbers from 0 to 2^63 - 1"),
                Arguments.of(
                        "{\"a\":{\"scale\":1}}",
                        4,
                        "tensor 'a': field \"scale\": not known, expected dtype, shape, data_offsets"),
                Arguments.of(
                        "{\"a\":{\"shape\":[],\"shape\":[]}}",
                        4,
                        "the header is not valid JSON near its byte 24: Duplicate field 'shape'"),
                Arguments.of(
                        "{" + tensor("a", "F33", "2", "0,8") + "}",
                        8,
                        "tensor 'a': field \"dtype\": found 'F33', expected one of [F64, F32, F16, BF16, I64, I32, I16, I8, U8,"
                                + " BOOL, U64, U32, U16, F8_E5M2, F8_E4M3, F8_E8M0, C64]"),
                Arguments.of(
                        "{" + tensor("a", "F32", "-2", "0,8") + "}",
                        8,
                        "tensor 'a': field \"shape\": found [-2], expected an array of whole numbers from 0 to 2^63 - 1"),
                Arguments.of(
                        "{" + tensor("a", "F32", "2.0", "0,8") + "}",
                        8,
                        "tensor 'a': field \"shape\": found [2.0], expected an array of whole numbers from 0 to 2^63 - 1"),
                Arguments.of(
                        "{" + tensor("a", "F32", "2", "0,9223372036854775808") + "}",
                        8,
                        "tensor 'a': field \"data_offsets\": found [0,9223372036854775808], expected an array of whole"
                                + " numbers from 0 to 2^63 - 1"),
                Arguments.of(
                        "{\"a\":{\"dtype\":\"F32\",\"shape\":8,\"data_offsets\":[0,8]}}",
                        8,
                        "tensor 'a': field \"shape\": found 8, expected an array of whole numbers from 0 to 2^63 - 1"),
                Arguments.of(
                        "{" + tensor("a", "F32", "2", "0,8,9") + "}",
                        8,
                        "tensor 'a': field \"data_offsets\": has 3 numbers, expected 2"),
                Arguments.of(
                        "{" + tensor("a", "F32", "2", "8,0") + "}",
                        8,
                        "tensor 'a' at [8, 0) has offsets that are no range"),
                Arguments.of(
                        "{" + tensor("a", "F32", "2", "0,8") + "}",
                        7,
                        "tensor 'a' at [0, 8) runs past the data, which is 7 bytes long"),
                Arguments.of(
                        "{" + tensor("a", "F32", "3", "0,8") + "}",
                        8,
                        "tensor 'a' at [0, 8) is 8 bytes long, but shape [3] of F32 takes 12"),
                Arguments.of(
                        "{" + tensor("a", "F32", "4294967296,4294967296", "0,8") + "}",
                        8,
                        "tensor 'a' at [0, 8) has shape [4294967296, 4294967296], which is too large"),
                Arguments.of(
                        "{" + a + "," + tensor("b", "F32", "2", "4,12") + "}",
                        12,
                        "tensor 'b' at [4, 12) overlaps tensor 'a', which ends at 8"),
                Arguments.of(
                        "{" + tensor("b", "F32", "2", "12,20") + "," + a + "}",
                        20,
                        "tensor 'b' at [12, 20) leaves a hole after tensor 'a', which ends at 8"),
                Arguments.of(
                        "{" + tensor("a", "F32", "2", "4,12") + "}",
                        12,
                        "tensor 'a' at [4, 12) leaves a hole after the start of the data, which ends at 0"),
                Arguments.of("{" + a + "}", 9, "the tensors end at 8, but the data is 9 bytes long"),
                Arguments.of("{}", 1, "the tensors end at 0, but the data is 1 bytes long")));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource
    void open_headerThatIsNoJson_isRefused(byte[] header) throws IOException {
        ByteBuffer all = littleEndian(8 + header.length).putLong(header.length).put(header);
        Path path = Files.write(folder.resolve("json.safetensors"), all.array());
        String message =
                assertThrows(IOException.class, () -> SafeTensors.open(path)).getMessage();
        assertTrue(message.startsWith(path + ": the header is not valid JSON near its byte "), message);
    }

    static Stream<byte[]> open_headerThatIsNoJson_isRefused() {
        return Stream.of(
                        "{",
                        "{\"a\"",
                        "{\"a\":}",
                        "{\"a\":{\"shape\":[1,",
                        "{,}",
                        "{} x",
                        "{\"a\u0000\":1}",
                        "{\"\u00ff\":1}")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void open_anyFileCutShort_isRefused() throws IOException {
        Path path = folder.resolve("cut.safetensors");
        SafeTensors.write(path, Map.of("a", Nd4j.createFromArray(1f, 2f), "b", Nd4j.scalar(2.0)), Map.of("k", "v"));
        byte[] whole = Files.readAllBytes(path);
        for (int length = 0; length < whole.length; length++) {
            Files.write(path, Arrays.copyOf(whole, length));
            assertThrows(IOException.class, () -> SafeTensors.open(path), "cut to " + length);
        }
    }
}
