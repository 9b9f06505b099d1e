package org.lsradapt.io.internal.frameworks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.field;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.floats;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.initializer;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.integer;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.message;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.model;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.name;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.raw;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.shape;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.string;
import static org.lsradapt.io.internal.frameworks.TinyOnnx.type;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;

class OnnxInitializersTest {

    private static final byte[] MODEL = model(
            field(
                    1,
                    message(
                            string(1, "x"),
                            string(1, "w"),
                            string(2, "y"),
                            string(3, "/layer/Gemm"),
                            string(4, "Gemm"),
                            field(5, message(string(1, "transB"), integer(3, 1), integer(20, 2))),
                            field(5, message(string(1, "alpha"), out -> out.writeFloat(2, 1f))))),
            string(2, "graph"),
            initializer(shape(2, 3), type(1), name("w"), raw(1, 2, 3, 4, 5, 6)),
            initializer(raw(7), name("data first"), type(1)),
            initializer(type(1), field(1, new byte[] {2, 1}), field(4, floats(8, 9)), name("packed")),
            initializer(type(1), shape(2), out -> out.writeFloat(4, 1), out -> out.writeFloat(4, -0f), name("loose")),
            initializer(type(7), shape(1), name("long"), field(9, new byte[8])),
            initializer(type(1), shape(4), name("outside"), integer(14, 1)));

    private static OnnxInitializers open(byte[] model) throws IOException {
        return OnnxInitializers.read("m.onnx", model.length, new ByteArrayInputStream(model));
    }

    private static String refusal(byte[] model) {
        return assertThrows(IOException.class, () -> open(model)).getMessage();
    }

    @Test
    void read_everyFormOfData_hasTheValues() throws IOException {
        try (OnnxInitializers onnx = open(MODEL)) {
            assertEquals(List.of("w", "data first", "packed", "loose", "long", "outside"), List.copyOf(onnx.names()));
            assertArrayEquals(
                    new float[][] {{1, 2, 3}, {4, 5, 6}}, onnx.read("w").toFloatMatrix());
            assertArrayEquals(new long[0], onnx.shape("data first"));
            assertEquals(7, onnx.read("data first").getFloat(0));
            assertArrayEquals(new float[][] {{8}, {9}}, onnx.read("packed").toFloatMatrix());
            assertArrayEquals(new float[] {1, -0f}, onnx.read("loose").toFloatVector());
            assertEquals(DataType.FLOAT, onnx.dataType("w"));
        }
    }

    @Test
    void nodes_ofTheGraph_haveNamesInputsAndIntegers() throws IOException {
        OnnxInitializers.Node expected =
                new OnnxInitializers.Node("/layer/Gemm", "Gemm", List.of("x", "w"), List.of("y"), Map.of("transB", 1L));
        assertEquals(List.of(expected), open(MODEL).nodes());
    }

    @Test
    void read_otherTypesAndExternalData_isRefused() throws IOException {
        OnnxInitializers onnx = open(MODEL);
        assertEquals(DataType.UNKNOWN, onnx.dataType("long"));
        assertEquals(
                "m.onnx: initializer 'long' has data_type 7, only FLOAT (1) inside the file can be read",
                assertThrows(IOException.class, () -> onnx.read("long")).getMessage());
        assertThrows(IOException.class, () -> onnx.read("outside"));
        assertEquals(
                "m.onnx: there is no initializer 'v'",
                assertThrows(IllegalArgumentException.class, () -> onnx.read("v"))
                        .getMessage());
        onnx.close();
        assertEquals(
                "m.onnx: read of initializer 'w' after close",
                assertThrows(IllegalStateException.class, () -> onnx.read("w")).getMessage());
    }

    /** Every form of data, between fields that the reader does not know. */
    private static byte[] inside(float w, float dataFirst, float packed, float loose) {
        return message(
                integer(1, 8),
                field(
                        7,
                        message(
                                string(2, "graph"),
                                initializer(
                                        shape(2, 3),
                                        type(1),
                                        name("w"),
                                        raw(1, 2, w, 4, 5, 6),
                                        string(12, "a comment")),
                                initializer(
                                        type(1),
                                        shape(2),
                                        out -> out.writeFloat(4, 1),
                                        out -> out.writeFloat(4, loose),
                                        name("loose")),
                                initializer(type(7), shape(1), name("long"), field(9, new byte[8])),
                                initializer(
                                        type(1),
                                        field(1, new byte[] {2, 1}),
                                        field(4, floats(8, packed)),
                                        name("packed")),
                                initializer(raw(dataFirst), name("data first"), type(1)))),
                string(2, "a producer"));
    }

    @Test
    void write_everyFormOfData_replacesTheNumbersAlone(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("copy.onnx");
        byte[] changed = inside(0.3f, 1.7f, -2.9f, 0.1f);
        try (OnnxInitializers onnx = open(inside(3, 7, 9, -0f));
                OnnxInitializers numbers = open(model(
                        initializer(type(1), shape(2, 1), name("packed"), raw(8, -2.9f)),
                        initializer(type(1), shape(), name("data first"), raw(1.7f)),
                        initializer(type(1), shape(2), name("loose"), raw(1, 0.1f)),
                        initializer(type(1), shape(2, 3), name("w"), raw(1, 2, 0.3f, 4, 5, 6))))) {
            onnx.write(file, numbers);
            assertArrayEquals(changed, Files.readAllBytes(file));
            onnx.write(file, open(model()));
            assertArrayEquals(inside(3, 7, 9, -0f), Files.readAllBytes(file));
        }
        try (OnnxInitializers onnx = OnnxInitializers.open(file);
                OnnxInitializers shared = onnx.share();
                OnnxInitializers part = open(model(initializer(type(1), shape(2), name("loose"), raw(1, 0.1f))))) {
            onnx.close();
            shared.write(file, part);
            assertArrayEquals(inside(3, 7, 9, 0.1f), Files.readAllBytes(file));
            assertEquals(
                    "m.onnx: write to " + file + " after close",
                    assertThrows(IllegalStateException.class, () -> {
                                part.close();
                                part.write(file, shared);
                            })
                            .getMessage());
        }
    }

    @Test
    void write_whatDoesNotFit_isRefused(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("copy.onnx");
        OnnxInitializers inside = open(inside(3, 7, 9, -0f));
        assertEquals(
                "m.onnx: initializer 'w' is FLOAT [2, 3], its replacement FLOAT [3, 2]; expected FLOAT of one shape",
                writeRefusal(inside, file, initializer(type(1), shape(3, 2), name("w"), raw(1, 2, 3, 4, 5, 6))));
        assertEquals(
                "m.onnx: initializer 'long' is INT64 [1], its replacement FLOAT [1]; expected FLOAT of one shape",
                writeRefusal(inside, file, initializer(type(1), shape(1), name("long"), raw(1))));
        assertEquals(
                "m.onnx: there is no initializer 'v'",
                writeRefusal(inside, file, initializer(type(1), shape(1), name("v"), raw(1))));
        assertEquals(
                "m.onnx: initializer 'outside' has its data in another file, which is not supported",
                assertThrows(IOException.class, () -> open(MODEL).write(file, open(model())))
                        .getMessage());
        assertTrue(Files.notExists(file));
    }

    private static String writeRefusal(OnnxInitializers onnx, Path file, TinyOnnx.Fields replacement)
            throws IOException {
        OnnxInitializers replaced = open(model(replacement));
        return assertThrows(IllegalArgumentException.class, () -> onnx.write(file, replaced))
                .getMessage();
    }

    @Test
    void memoryOfAStream_isFreedWithTheLastShare() throws IOException {
        OnnxInitializers onnx = OnnxInitializers.read("stream", MODEL.length, new ByteArrayInputStream(MODEL));
        try (OnnxInitializers shared = onnx.share()) {
            onnx.close();
            onnx.close();
            assertEquals(5, shared.read("w").getFloat(1, 1));
        }
        assertEquals(
                "stream: share after close",
                assertThrows(IllegalStateException.class, onnx::share).getMessage());
    }

    @Test
    void open_fileAndStream_areTheSame(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("m.onnx"), MODEL);
        try (OnnxInitializers onnx = OnnxInitializers.open(file)) {
            assertEquals(5, onnx.read("w").getFloat(1, 1));
        }
        try (OnnxInitializers onnx = OnnxInitializers.read("stream", MODEL.length, new ByteArrayInputStream(MODEL))) {
            assertEquals(5, onnx.read("w").getFloat(1, 1));
        }
        assertEquals(
                "stream: ended after " + MODEL.length + " of " + (MODEL.length + 1) + " bytes",
                assertThrows(
                                IOException.class,
                                () -> OnnxInitializers.read(
                                        "stream", MODEL.length + 1, new ByteArrayInputStream(MODEL)))
                        .getMessage());
        assertEquals(
                "stream: is longer than 5 bytes",
                assertThrows(
                                IOException.class,
                                () -> OnnxInitializers.read("stream", 5, new ByteArrayInputStream(MODEL)))
                        .getMessage());
        assertEquals(
                folder.resolve("n.onnx") + ": there is no such file",
                assertThrows(IOException.class, () -> OnnxInitializers.open(folder.resolve("n.onnx")))
                        .getMessage());
    }

    @Test
    void open_fileOfAJar_readsItInPlaceUnlessItIsCompressed(@TempDir Path folder) throws IOException {
        for (int method : new int[] {ZipEntry.STORED, ZipEntry.DEFLATED}) {
            Path jar = folder.resolve(method + ".jar");
            byte[] jared = jar(method);
            Files.write(jar, jared);
            URL resource = new URL("jar:" + jar.toUri() + "!/m.onnx");
            OnnxInitializers onnx = OnnxInitializers.open("m.onnx", resource);
            try (OnnxInitializers shared = onnx.share()) {
                onnx.close();
                assertArrayEquals(new float[] {1, -0f}, shared.read("loose").toFloatVector());
                // The numbers 1 to 6.
                int place = latin1(jared).indexOf(latin1(floats(1, 2, 3, 4, 5, 6)));
                assertEquals(method == ZipEntry.STORED, place > 0);
                if (place > 0) {
                    try (RandomAccessFile changed = new RandomAccessFile(jar.toFile(), "rw")) {
                        changed.seek(place + 4L * Float.BYTES);
                        changed.write(floats(0.3f));
                    }
                }
                assertEquals(place > 0 ? 0.3f : 5, shared.read("w").getFloat(1, 1));
            }
        }
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] jar(int method) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream jar = new ZipOutputStream(bytes)) {
            ZipEntry entry = new ZipEntry("m.onnx");
            CRC32 sum = new CRC32();
            sum.update(MODEL);
            entry.setMethod(method);
            entry.setSize(MODEL.length);
            entry.setCrc(sum.getValue());
            jar.putNextEntry(entry);
            jar.write(MODEL);
        }
        return bytes.toByteArray();
    }

    @Test
    void read_fileCutAfterOpening_isRefused(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("m.onnx"), MODEL);
        try (OnnxInitializers onnx = OnnxInitializers.open(file)) {
            Files.write(file, new byte[5]);
            assertEquals(
                    file + ": cannot be read: the file became shorter after it was opened",
                    assertThrows(IOException.class, () -> onnx.read("w")).getMessage());
        }
    }

    @Test
    void open_modelCutShort_isRefused() {
        for (int length = 0; length < MODEL.length; length++) {
            String message = refusal(Arrays.copyOf(MODEL, length));
            assertTrue(message.startsWith("m.onnx: not a readable ONNX model: "), length + ": " + message);
        }
    }

    @Test
    void open_wrongContent_isRefused() {
        assertEquals("m.onnx: not a readable ONNX model: it has no graph", refusal(message(integer(1, 8))));
        assertEquals(
                "m.onnx: initializer 'w' of shape [2] holds 12 bytes of FLOAT data",
                refusal(model(initializer(name("w"), type(1), shape(2), raw(1, 2, 3)))));
        assertEquals(
                "m.onnx: initializer 'w' of shape [-1] holds 4 bytes of FLOAT data",
                refusal(model(initializer(name("w"), type(1), shape(-1), raw(1)))));
        assertEquals(
                "m.onnx: initializer 'w' of shape [4611686018427387904, 4] holds 0 bytes of FLOAT data",
                refusal(model(initializer(name("w"), type(1), shape(1L << 62, 4)))));
        assertEquals(
                "m.onnx: initializer 'w' appears twice",
                refusal(model(
                        initializer(name("w"), type(1), shape(1), raw(1)),
                        initializer(name("w"), type(1), shape(1), raw(1)))));
        assertTrue(refusal(model(initializer(type(1), shape(1), field(4, new byte[7]))))
                .contains("float_data of 7 bytes"));
    }

    /** Damage may hide in a value or a name; it must never surface as another exception or a huge allocation. */
    @Test
    void open_anyByteAltered_readsOrIsRefused() throws IOException {
        Random random = new Random(7);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < MODEL.length; i++) {
            byte[] altered = MODEL.clone();
            altered[i] ^= (byte) (1 + random.nextInt(255));
            try {
                OnnxInitializers onnx = open(altered);
                for (String tensor : onnx.names()) {
                    if (onnx.dataType(tensor) == DataType.FLOAT) {
                        assertNotNull(onnx.read(tensor));
                        read++;
                    }
                }
            } catch (IOException e) {
                assertTrue(e.getMessage().startsWith("m.onnx: "), e.getMessage());
                refused++;
            }
        }
        assertTrue(read > 0 && refused > 0, read + " tensors read, " + refused + " models refused");
    }
}
