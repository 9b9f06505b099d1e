package org.lsradapt.io.internal.frameworks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

class TensorFlowBundleTest {

    @TempDir
    private Path folder;

    private static TinyBundle sample() {
        return new TinyBundle()
                .add("model/a/kernel", new long[] {2, 3}, 1, 2, 3, 4, 5, 6)
                .add("model/a/bias", new long[] {3}, 7, 8, 9)
                .add("model/scalar", new long[] {}, -0f)
                .add("model/empty", new long[] {0, 4});
    }

    private Path write(byte[] index, byte[] data) throws IOException {
        Files.write(index(), index);
        Files.write(data(), data);
        return folder.resolve("variables");
    }

    private Path index() {
        return folder.resolve("variables.index");
    }

    private Path data() {
        return folder.resolve("variables.data-00000-of-00001");
    }

    private String refusal(TinyBundle bundle) throws IOException {
        Path prefix = write(bundle.index(), bundle.data());
        return assertThrows(IOException.class, () -> TensorFlowBundle.open(prefix))
                .getMessage();
    }

    @Test
    void read_severalBlocks_hasNamesShapesAndValues() throws IOException {
        try (TensorFlowBundle bundle = TensorFlowBundle.open(write(sample().index(), sample().data()))) {
            assertEquals(
                    List.of("model/a/bias", "model/a/kernel", "model/empty", "model/scalar"),
                    List.copyOf(bundle.names()));
            assertArrayEquals(
                    new float[][] {{1, 2, 3}, {4, 5, 6}},
                    bundle.read("model/a/kernel").toFloatMatrix());
            assertArrayEquals(new float[] {7, 8, 9}, bundle.read("model/a/bias").toFloatVector());
            assertArrayEquals(new long[] {0, 4}, bundle.read("model/empty").shape());
            assertEquals(0, bundle.read("model/scalar").rank());
            assertEquals(DataType.FLOAT, bundle.dataType("model/scalar"));
            assertArrayEquals(new long[] {3}, bundle.shape("model/a/bias"));
        }
    }

    @Test
    void read_anyBitOfTheDataFlipped_isRefused() throws IOException {
        byte[] data = sample().data();
        for (int bit = 0; bit < 8 * data.length; bit += 13) {
            byte[] altered = data.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            try (TensorFlowBundle bundle = TensorFlowBundle.open(write(sample().index(), altered))) {
                String name = bit / 32 < 6 ? "model/a/kernel" : bit / 32 < 9 ? "model/a/bias" : "model/scalar";
                int start = bit / 32 < 6 ? 0 : bit / 32 < 9 ? 24 : 36;
                int end = bit / 32 < 6 ? 24 : bit / 32 < 9 ? 36 : 40;
                assertEquals(
                        data() + ": variable '" + name + "' at [" + start + ", " + end + ") does not have the checksum"
                                + " that the index gives: the file is damaged",
                        assertThrows(IOException.class, () -> bundle.read(name)).getMessage());
            }
        }
    }

    @Test
    void open_anyByteOfTheIndexAltered_isRefusedOrHarmless() throws IOException {
        byte[] index = sample().index();
        int refused = 0;
        for (int i = 0; i < index.length; i++) {
            byte[] altered = index.clone();
            altered[i] ^= 0x11;
            Path prefix = write(altered, sample().data());
            try (TensorFlowBundle bundle = TensorFlowBundle.open(prefix)) {
                assertArrayEquals(
                        new float[] {7, 8, 9}, bundle.read("model/a/bias").toFloatVector());
                assertTrue(i >= index.length - 48, "byte " + i + " is covered by a checksum");
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith(index() + ": "), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused >= index.length - 48, refused + " of " + index.length);
    }

    @Test
    void open_indexCutShort_isRefused() throws IOException {
        byte[] index = sample().index();
        for (int length = 0; length < index.length; length++) {
            Path prefix = write(Arrays.copyOf(index, length), sample().data());
            assertEquals(
                    index() + ": does not end as a LevelDB table does; no checkpoint index, or a truncated one",
                    assertThrows(IOException.class, () -> TensorFlowBundle.open(prefix))
                            .getMessage());
        }
    }

    @Test
    void open_dataCutShort_isRefused() throws IOException {
        TinyBundle tiny =
                new TinyBundle().add("a", new long[] {9}, new float[9]).add("b", new long[] {}, 1);
        Path prefix = write(tiny.index(), Arrays.copyOf(tiny.data(), 39));
        assertEquals(
                index() + ": variable 'b' of 4 bytes at byte 36 of data file 0 runs past the data, one file"
                        + " of 39 bytes",
                assertThrows(IOException.class, () -> TensorFlowBundle.open(prefix))
                        .getMessage());
    }

    @Test
    void open_whatCannotBeRead_isRefused() throws IOException {
        assertEquals(
                index() + ": has 2 data files of endianness 0, expected 1 that is little-endian (0)",
                refusal(sample().header(2, 0)));
        assertEquals(
                index() + ": has 1 data files of endianness 1, expected 1 that is little-endian (0)",
                refusal(sample().header(1, 1)));
        assertTrue(refusal(sample().compressed()).endsWith(" is compressed, which cannot be read"));
        assertEquals(
                index() + ": variable 'x' is stored in slices, which cannot be read",
                refusal(sample().entry("x", 1, new long[] {1}, 0, 4, 0, TinyOnnx.field(7, new byte[0]))));
        assertEquals(
                index() + ": variable 'x' is 8 bytes long, which shape [3] of DT_FLOAT does not take",
                refusal(sample().entry("x", 1, new long[] {3}, 0, 8, 0)));
        assertEquals(
                index() + ": variable 'x' is 0 bytes long, which shape [4611686018427387904, 4] of DT_FLOAT does not"
                        + " take",
                refusal(sample().entry("x", 1, new long[] {1L << 62, 4}, 0, 0, 0)));
        for (long offset : new long[] {Long.MAX_VALUE, -4}) {
            assertTrue(refusal(sample().entry("x", 1, new long[] {1}, offset, 4, 0))
                    .contains("runs past the data"));
        }
    }

    @Test
    void read_otherTypeUnknownNameOrClosed_isRefused() throws IOException {
        TinyBundle tiny = sample().entry("step", 9, new long[] {}, 0, 8, 0);
        TensorFlowBundle bundle = TensorFlowBundle.open(write(tiny.index(), tiny.data()));
        assertEquals(DataType.UNKNOWN, bundle.dataType("step"));
        assertEquals(
                data() + ": variable 'step' is of data type 9, only DT_FLOAT (1) can be read",
                assertThrows(IOException.class, () -> bundle.read("step")).getMessage());
        assertEquals(
                data() + ": there is no variable 'x'",
                assertThrows(IllegalArgumentException.class, () -> bundle.read("x"))
                        .getMessage());
        bundle.close();
        assertEquals(
                data() + ": read of variable 'model/scalar' after close",
                assertThrows(IllegalStateException.class, () -> bundle.read("model/scalar"))
                        .getMessage());
    }

    @Test
    void open_missingFile_namesIt() throws IOException {
        assertEquals(
                index() + ": there is no such file",
                assertThrows(IOException.class, () -> TensorFlowBundle.open(folder.resolve("variables")))
                        .getMessage());
        Files.write(index(), sample().index());
        assertEquals(
                data() + ": there is no such file",
                assertThrows(IOException.class, () -> TensorFlowBundle.open(folder.resolve("variables")))
                        .getMessage());
    }
}
