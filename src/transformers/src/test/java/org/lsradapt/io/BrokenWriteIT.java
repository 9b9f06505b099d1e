package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.internal.AtomicFile;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Writing that fails or is cut off at any tensor: the old files stay as they were. */
class BrokenWriteIT {

    @TempDir
    private Path folder;

    /** Five tensors of which one cannot be read, or comes in another shape. */
    private static final class Failing implements TensorSource {
        private final Map<String, INDArray> arrays = new LinkedHashMap<>();
        private final String bad;
        private final boolean throwing;

        Failing(int bad, boolean throwing) {
            for (int i = 0; i < 5; i++) {
                arrays.put("t" + i, Nd4j.rand(DataType.FLOAT, 40, 7));
            }
            this.bad = "t" + bad;
            this.throwing = throwing;
        }

        @Override
        public String location() {
            return "failing";
        }

        @Override
        public Set<String> names() {
            return arrays.keySet();
        }

        @Override
        public long[] shape(String name) {
            return new long[] {40, 7};
        }

        @Override
        public DataType dataType(String name) {
            return DataType.FLOAT;
        }

        @Override
        public INDArray read(String name) throws IOException {
            if (!name.equals(bad)) {
                return arrays.get(name).dup();
            }
            if (throwing) {
                throw new IOException("failing: tensor '" + name + "' is gone");
            }
            return Nd4j.create(DataType.FLOAT, 40, 6);
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void write_failsAtATensor_leavesTheOldFileAndNoOther(int bad) throws IOException {
        Path file = folder.resolve("model.safetensors");
        SafeTensors.write(file, Map.of("old", Nd4j.createFromArray(1f, 2f)), Map.of());
        byte[] before = Files.readAllBytes(file);
        IOException e =
                assertThrows(IOException.class, () -> SafeTensors.write(file, new Failing(bad, true), Map.of()));
        assertEquals(file + ": cannot be written: failing: tensor 't" + bad + "' is gone", e.getMessage());
        IllegalStateException lie = assertThrows(
                IllegalStateException.class, () -> SafeTensors.write(file, new Failing(bad, false), Map.of()));
        assertTrue(lie.getMessage().endsWith("announced as FLOAT [40, 7] and came as FLOAT [40, 6]"), lie.getMessage());
        assertArrayEquals(before, Files.readAllBytes(file));
        assertEquals(List.of("model.safetensors"), listing());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 4})
    void writeSharded_failsAtATensor_leavesNothing(int bad) throws IOException {
        Path index = folder.resolve("model.safetensors.index.json");
        assertThrows(IOException.class, () -> ShardedSafeTensors.write(index, new Failing(bad, true), Map.of(), 3000));
        assertEquals(List.of(), listing());
    }

    /** A process that ends in the middle of the write, without any cleaning up. */
    @Test
    void write_processIsKilled_leavesTheOldFileAndATemporaryOneThatIsNoModel() throws Exception {
        Path file = Files.writeString(folder.resolve("model.safetensors"), "old");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Halting.class.getName(),
                        file.toString())
                .inheritIO()
                .start();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        assertEquals(7, process.exitValue());
        assertEquals("old", Files.readString(file));
        List<String> left = listing();
        assertEquals(2, left.size(), left.toString());
        assertTrue(left.get(0).startsWith(".model.safetensors.") && left.get(0).endsWith(".tmp"), left.toString());
        AtomicFile.write(file, new byte[] {1});
        assertArrayEquals(new byte[] {1}, Files.readAllBytes(file));
    }

    /** Halts once half of the new content is in the file. */
    static final class Halting {
        private Halting() {}

        public static void main(String[] args) throws IOException {
            AtomicFile.write(Path.of(args[0]), channel -> {
                channel.write(ByteBuffer.allocate(1 << 20));
                channel.force(true);
                Runtime.getRuntime().halt(7);
            });
        }
    }
}
