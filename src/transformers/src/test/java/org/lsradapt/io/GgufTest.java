package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.io.GgufDraft.join;
import static org.lsradapt.io.GgufDraft.string;
import static org.lsradapt.io.GgufDraft.u32;
import static org.lsradapt.io.GgufDraft.u64;
import static org.lsradapt.io.GgufDraft.utf8;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.io.internal.GgmlType;
import org.lsradapt.lsr.storage.StoredMatrix;
import org.lsradapt.lsr.storage.WeightFormat;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

class GgufTest {

    @TempDir
    private Path folder;

    private Gguf open(GgufDraft draft) throws IOException {
        return Gguf.open(Files.write(folder.resolve("t.gguf"), draft.bytes()));
    }

    private static int number(GgmlType type) {
        for (int number = 0; number < 100; number++) {
            if (GgmlType.of(number).filter(found -> found == type).isPresent()) {
                return number;
            }
        }
        throw new AssertionError(type);
    }

    /** Blocks of random bits but for their scales, which are the numbers that F16 has around one. */
    private static byte[] blocks(GgmlType type, int count, long seed) {
        byte[] bytes = new byte[count * type.blockBytes()];
        new Random(seed).nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] &= 0x3f; // as a high byte of F16, BF16 or F32: finite, whatever lies where
        }
        return bytes;
    }

    private static IOException refused(Executable action) {
        return assertThrows(IOException.class, action);
    }

    @Test
    void metadata_everyType_hasItsValue() throws IOException {
        GgufDraft draft = new GgufDraft()
                .raw("u8", 0, new byte[] {(byte) 200})
                .raw("i8", 1, new byte[] {(byte) 200})
                .raw("u16", 2, new byte[] {(byte) 0xfe, (byte) 0xff})
                .raw("i16", 3, new byte[] {(byte) 0xfe, (byte) 0xff})
                .raw("u32", 4, u32(0xffff_fffeL))
                .raw("i32", 5, u32(0xffff_fffeL))
                .number("f32", 1e-5f)
                .flag("yes", true)
                .flag("no", false)
                .text("text", "ä\uD83D\uDE42\0")
                .text("none", "")
                .raw("u64", 10, u64(-2))
                .raw("i64", 11, u64(-2))
                .raw("small", 10, u64(77))
                .raw("f64", 12, u64(Double.doubleToRawLongBits(0.1)))
                .texts("texts", List.of("a", "", "ü"))
                .integers("integers", 3, -4)
                .numbers("numbers", 0.5f, -1e30f)
                .array("bytes", 0, 3, new byte[] {1, 2, (byte) 255})
                .array("flags", 7, 2, new byte[] {1, 0})
                .array("empty", 8, 0, new byte[0])
                .array("nested", 9, 2, join(u32(8), u64(1), string(utf8("in")), u32(5), u64(2), u32(7), u32(8)));
        try (Gguf file = open(draft)) {
            GgufMetadata metadata = file.metadata();
            assertEquals(22, metadata.keys().size());
            assertEquals(200, metadata.integer("u8"));
            assertEquals(-56, metadata.integer("i8"));
            assertEquals(65534, metadata.integer("u16"));
            assertEquals(-2, metadata.integer("i16"));
            assertEquals(4294967294.0, metadata.number("u32"));
            assertEquals(-2, metadata.integer("i32"));
            assertEquals(1e-5, metadata.number("f32"));
            assertTrue(metadata.flag("yes"));
            assertFalse(metadata.flag("no"));
            assertEquals("ä\uD83D\uDE42\0", metadata.text("text"));
            assertEquals("", metadata.text("none"));
            assertEquals(Math.scalb(1.0, 64), metadata.number("u64"));
            assertEquals(-2, metadata.integer("i64"));
            assertEquals(77, metadata.integer("small"));
            assertEquals(0.1, metadata.number("f64"));
            assertEquals(List.of("a", "", "ü"), metadata.texts("texts"));
            assertArrayEquals(new int[] {3, -4}, metadata.integers("integers"));
            assertArrayEquals(new float[] {0.5f, -1e30f}, metadata.numbers("numbers"));
            assertArrayEquals(new int[] {1, 2, 255}, metadata.integers("bytes"));
            assertEquals(List.of(), metadata.texts("empty"));
            assertTrue(metadata.has("nested"));
            assertEquals(9, metadata.integer("gone", 9));
            assertEquals("x", metadata.text("gone", "x"));
            assertTrue(metadata.flag("gone", true));
            assertFalse(metadata.flag("gone", false));
            assertFalse(metadata.flag("no", true));
            assertEquals(0.25, metadata.number("gone", 0.25));
            String at = folder.resolve("t.gguf") + ": metadata ";
            assertEquals(
                    at + "\"gone\": missing",
                    refused(() -> metadata.text("gone")).getMessage());
            assertEquals(
                    at + "\"text\": found \"ä\uD83D\uDE42\0\", expected a whole number of 32 bits",
                    refused(() -> metadata.integer("text")).getMessage());
            assertEquals(
                    at + "\"u32\": found 4294967294, expected a whole number of 32 bits",
                    refused(() -> metadata.integer("u32")).getMessage());
            assertEquals(
                    at + "\"u64\": found 18446744073709551614, expected a whole number of 32 bits",
                    refused(() -> metadata.integer("u64")).getMessage());
            assertEquals(
                    at + "\"yes\": found true, expected a string",
                    refused(() -> metadata.text("yes")).getMessage());
            assertEquals(
                    at + "\"u8\": found 200, expected true or false",
                    refused(() -> metadata.flag("u8")).getMessage());
            assertEquals(
                    at + "\"flags\": found an array of 2 times BOOL, expected an array of numbers",
                    refused(() -> metadata.numbers("flags")).getMessage());
            assertEquals(
                    at + "\"numbers\": found an array of 2 times FLOAT32, expected an array of whole numbers of 32"
                            + " bits",
                    refused(() -> metadata.integers("numbers")).getMessage());
            assertEquals(
                    at + "\"texts\": found an array of 3 strings, expected a number",
                    refused(() -> metadata.number("texts")).getMessage());
            assertEquals(
                    at + "\"nested\": found an array of 2 arrays, expected an array of strings",
                    refused(() -> metadata.texts("nested")).getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void read_everyFormat_isWhatItsCodecGives(WeightFormat format) throws IOException {
        GgmlType type = GgmlType.valueOf(format.name());
        int columns = 256;
        int rows = 67; // more numbers than are widened at a time, and not a multiple
        byte[] stored = blocks(type, rows * columns / type.blockLength(), Long.getLong("seed", 4));
        GgufDraft draft = new GgufDraft()
                .tensor("before", new float[] {1, 2, 3}, 3)
                .tensor("w", number(type), stored, columns, rows)
                .tensor("after", new float[] {4}, 1);
        float[] expected = new float[rows * columns];
        format.widen(stored, 0, expected.length, expected, 0);
        try (Gguf file = open(draft)) {
            assertEquals(List.of("before", "w", "after"), List.copyOf(file.names()));
            assertArrayEquals(new long[] {rows, columns}, file.shape("w"));
            assertEquals(DataType.FLOAT, file.dataType("w"));
            assertEquals(format.name(), file.typeName("w"));
            INDArray read = file.read("w");
            assertArrayEquals(new long[] {rows, columns}, read.shape());
            assertEquals('c', read.ordering());
            assertArrayEquals(expected, read.dup().data().asFloat());
            assertArrayEquals(new float[] {1, 2, 3}, file.read("before").toFloatVector());
            assertArrayEquals(new float[] {4}, file.read("after").toFloatVector());

            StoredMatrix matrix = file.stored("w").orElseThrow();
            assertEquals(List.of(rows, columns), List.of(matrix.rows(), matrix.columns()));
            assertEquals(format, matrix.format());
            byte[] mapped = new byte[stored.length];
            matrix.memory().get(mapped);
            assertArrayEquals(stored, mapped);
            assertTrue(matrix.memory().isReadOnly(), "a mapping, not a copy");
            assertTrue(file.stored("before").isEmpty(), "no matrix");
        }
    }

    @Test
    void read_wholeNumbersAndDoubles_keepTheirType() throws IOException {
        GgufDraft draft = new GgufDraft()
                .tensor("i8", 24, new byte[] {-7, 8}, 2)
                .tensor("i16", 25, new byte[] {(byte) 0xd4, (byte) 0xfe}, 1)
                .tensor("i32", 26, u32(-70000), 1)
                .tensor("i64", 27, u64(1L << 40), 1)
                .tensor("f64", 28, u64(Double.doubleToRawLongBits(Math.E)))
                .tensor("cube", new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 2, 2)
                .tensor("none", 0, new byte[0], 0, 5);
        try (Gguf file = open(draft)) {
            assertEquals(DataType.INT8, file.dataType("i8"));
            assertEquals(-7, file.read("i8").getInt(0));
            assertEquals(-300, file.read("i16").getInt(0));
            assertEquals(-70000, file.read("i32").getInt(0));
            assertEquals(1L << 40, file.read("i64").getLong(0));
            assertEquals(0, file.shape("f64").length);
            assertEquals(Math.E, file.read("f64").getDouble(0));
            assertArrayEquals(new long[] {2, 2, 3}, file.read("cube").shape());
            assertEquals(9, file.read("cube").getDouble(1, 0, 2));
            assertTrue(file.stored("cube").isEmpty());
            assertTrue(file.stored("i32").isEmpty());
            assertTrue(file.read("none").isEmpty());
            assertTrue(file.stored("none").isEmpty());
        }
    }

    @Test
    void read_typesWithoutAReader_areNamedAndLeaveTheRest() throws IOException {
        GgufDraft draft = new GgufDraft()
                .tensor("iq", number(GgmlType.Q5_1), new byte[24], 32)
                .tensor("new", 99, new byte[100], 7)
                .tensor("w", new float[] {1, 2}, 2);
        try (Gguf file = open(draft)) {
            assertEquals(DataType.UNKNOWN, file.dataType("iq"));
            assertEquals(DataType.UNKNOWN, file.dataType("new"));
            assertEquals("number 99", file.typeName("new"));
            assertArrayEquals(new float[] {1, 2}, file.read("w").toFloatVector());
            assertTrue(file.stored("iq").isEmpty());
            String readable =
                    ", expected one of F32, F16, Q4_0, Q4_1, Q5_0, Q8_0, Q4_K, Q5_K, Q6_K, IQ4_NL, I8, I16, I32, I64, F64, BF16";
            assertEquals(
                    folder.resolve("t.gguf") + ": tensor 'iq' at [0, 24) cannot be read: its type is Q5_1" + readable,
                    refused(() -> file.read("iq")).getMessage());
            assertEquals(
                    folder.resolve("t.gguf") + ": tensor 'new' at [32, 32) cannot be read: its type is number 99"
                            + readable,
                    refused(() -> file.read("new")).getMessage());
        }
    }

    @Test
    void open_versionTwoAndOtherAlignment_areRead() throws IOException {
        GgufDraft draft = new GgufDraft();
        draft.version = 2;
        draft.alignment = 128;
        draft.integer("general.alignment", 128).tensor("a", new float[] {1}, 1).tensor("b", new float[] {2, 3}, 1, 2);
        assertEquals(128, draft.tensors.get(1).offset);
        try (Gguf file = open(draft)) {
            assertArrayEquals(new float[] {2, 3}, file.read("b").dup().data().asFloat());
        }
    }

    /** The order of the header need not be that of the data; what has no numbers lies where the next begins. */
    @Test
    void open_tensorsInAnotherOrderThanTheirData_areRead() throws IOException {
        GgufDraft draft = new GgufDraft()
                .tensor("first", new float[] {1, 2}, 2)
                .tensor("second", new float[] {3}, 1)
                .tensor("empty", new float[0], 0, 3);
        draft.tensors.get(2).offset = draft.tensors.get(1).offset;
        Collections.swap(draft.tensors, 0, 1);
        try (Gguf file = open(draft)) {
            assertArrayEquals(new float[] {1, 2}, file.read("first").data().asFloat());
            assertArrayEquals(new float[] {3}, file.read("second").dup().data().asFloat());
            assertArrayEquals(new long[] {3, 0}, file.read("empty").shape());
        }
    }

    @Test
    void open_atTheLimits_isRead() throws IOException {
        GgufDraft draft = new GgufDraft().integer("general.alignment", 8);
        draft.alignment = 8;
        draft.tensor("a", new float[] {1}, 1).tensor("b", new float[] {1, 2}, 2, 1, 1, 1);
        draft.raw("deep", GgufDraft.ARRAY, nested(8));
        try (Gguf file = open(draft)) {
            assertArrayEquals(new long[] {1, 1, 1, 2}, file.shape("b"));
            assertArrayEquals(new float[] {1, 2}, file.read("b").dup().data().asFloat());
        }
    }

    @Test
    void open_beyondTheLimits_isRefused() {
        assertRefused(
                "metadata \"general.alignment\": found 4, expected a power of two from 8 on",
                new GgufDraft().integer("general.alignment", 4));
        assertRefused(
                "tensor 'a' at byte 24: 5 dimensions, expected at most 4",
                new GgufDraft().tensor("a", new float[] {1}, 1, 1, 1, 1, 1));
        assertRefused(
                "metadata key 'deep' at byte 24: arrays in arrays deeper than 8 at byte 136",
                new GgufDraft().raw("deep", GgufDraft.ARRAY, nested(9)));
        assertRefused(
                "metadata key 'k' at byte 24: value type 13 at byte 33, expected 0 to 12",
                new GgufDraft().raw("k", 13, new byte[9]));
        GgufDraft far = new GgufDraft().tensor("a", new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 8);
        far.tensors.get(0).offset = Long.MAX_VALUE / 32 * 32;
        assertRefused("tensor 'a' at byte 24: offset 9223372036854775776 and a length of 32 are too large", far);
    }

    /** So many arrays in each other, the innermost of bytes. */
    private static byte[] nested(int depth) {
        return depth == 1
                ? join(u32(0), u64(1), new byte[] {7})
                : join(u32(GgufDraft.ARRAY), u64(1), nested(depth - 1));
    }

    private void assertRefused(String message, GgufDraft draft) {
        assertEquals(
                folder.resolve("t.gguf") + ": " + message,
                refused(() -> open(draft)).getMessage());
    }

    @Test
    void open_endsWithinANumber_saysWhere() throws IOException {
        byte[] whole = new GgufDraft().integer("key", 7).bytes();
        Path file = folder.resolve("cut.gguf");
        Files.write(file, Arrays.copyOf(whole, 22));
        assertEquals(
                file
                        + ": the header at byte 0: a number of 8 bytes at byte 16 runs past the end of the file, which is 22"
                        + " bytes long",
                refused(() -> Gguf.open(file)).getMessage());
        Files.write(file, Arrays.copyOf(whole, 41));
        assertEquals(
                file + ": metadata key 'key' at byte 24: a number of 4 bytes at byte 39 runs past the end of the file,"
                        + " which is 41 bytes long",
                refused(() -> Gguf.open(file)).getMessage());
    }

    @Test
    void open_nothing_isAFileWithoutTensors() throws IOException {
        try (Gguf file = open(new GgufDraft())) {
            assertEquals(Set.of(), file.names());
            assertEquals(Set.of(), file.metadata().keys());
        }
    }

    @Test
    void open_stringsLongerThanAWindow_areWhole() throws IOException {
        String longText = "ü".repeat(50_000);
        GgufDraft draft = new GgufDraft();
        for (int i = 0; i < 9; i++) {
            draft.text("key" + i, longText.substring(0, 1 + i * 5000)).integer("after" + i, i);
        }
        try (Gguf file = open(draft)) {
            for (int i = 0; i < 9; i++) {
                assertEquals(
                        longText.substring(0, 1 + i * 5000), file.metadata().text("key" + i));
                assertEquals(i, file.metadata().integer("after" + i));
            }
        }
    }

    @Test
    void read_beyondTwoGibibytes_findsTheTensor() throws IOException {
        long rows = (1L << 23) + 1;
        GgufDraft draft = new GgufDraft();
        draft.tensor("big", 0, new byte[0], 64, rows).tensor("last", 8, new byte[0], 32, 2);
        draft.tensors.get(1).offset = 256 * rows;
        Path path = Files.write(folder.resolve("sparse.gguf"), draft.bytes());
        byte[] block = new byte[34];
        Arrays.fill(block, (byte) 3);
        ByteBuffer.wrap(block).order(java.nio.ByteOrder.LITTLE_ENDIAN).putShort((short) 0x3800); // 0.5
        try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.seek(sparse.length() + 256 * rows + 34);
            sparse.write(block);
        }
        try (Gguf file = Gguf.open(path)) {
            assertEquals(1.5f, file.read("last").getFloat(1, 31));
            assertEquals(0f, file.read("last").getFloat(0, 31));
            float[] widened = new float[32];
            file.stored("last").orElseThrow().widen(1, 0, 32, widened, 0);
            assertEquals(1.5f, widened[0]);
            assertTrue(file.stored("big").isEmpty(), "larger than a buffer");
        }
    }

    @Test
    void read_unknownNameOrClosed_isRefused() throws IOException {
        Gguf file = open(new GgufDraft().tensor("a", new float[] {1, 2}, 2, 1));
        Path path = folder.resolve("t.gguf");
        assertEquals(
                path + ": there is no tensor 'b'",
                assertThrows(IllegalArgumentException.class, () -> file.read("b"))
                        .getMessage());
        file.close();
        for (Executable use : List.<Executable>of(() -> file.read("a"), () -> file.stored("a"))) {
            assertEquals(
                    path + ": read of tensor 'a' after close",
                    assertThrows(IllegalStateException.class, use).getMessage());
        }
        assertArrayEquals(new long[] {1, 2}, file.shape("a"));
    }

    @Test
    void open_missingFile_namesIt() {
        Path path = folder.resolve("gone.gguf");
        assertEquals(
                path + ": there is no such file", refused(() -> Gguf.open(path)).getMessage());
    }
}
