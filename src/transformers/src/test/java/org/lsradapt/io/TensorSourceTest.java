package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TensorSourceTest {

    /** Arrays in memory; those that were read are kept. */
    private static final class Watched implements TensorSource {
        private final TensorSource arrays;
        private final List<INDArray> read = new ArrayList<>();

        Watched(INDArray array) {
            arrays = new ArrayTensors(Map.of("x", array));
        }

        @Override
        public String location() {
            return arrays.location();
        }

        @Override
        public Set<String> names() {
            return arrays.names();
        }

        @Override
        public long[] shape(String name) {
            return arrays.shape(name);
        }

        @Override
        public DataType dataType(String name) {
            return arrays.dataType(name);
        }

        @Override
        public INDArray read(String name) throws IOException {
            read.add(arrays.read(name));
            return read.get(read.size() - 1);
        }

        @Override
        public void close() {}
    }

    @Test
    void readFinite_finiteNumbers_isRead() throws IOException {
        for (INDArray array : List.of(
                Nd4j.createFromArray(-1e38f, 3e38f, 3e38f),
                Nd4j.createFromArray(-0.0, Double.MAX_VALUE),
                Nd4j.createFromArray(Long.MAX_VALUE, -1L),
                Nd4j.create(DataType.FLOAT, 0, 3))) {
            INDArray read = new Watched(array).readFinite("x");
            assertEquals(array.dataType(), read.dataType());
            assertEquals(array, read);
            assertFalse(read.wasClosed());
        }
    }

    @Test
    void readFinite_anythingElse_isRefusedAndFreed() {
        for (float wrong : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            Watched source = new Watched(Nd4j.createFromArray(1, wrong, 2));
            IOException e = assertThrows(IOException.class, () -> source.readFinite("x"));
            assertEquals("memory: tensor 'x' has NaN or infinity, expected finite numbers", e.getMessage());
            assertTrue(source.read.get(0).wasClosed());
        }
    }

    @Test
    void write_readsOneAtATimeAndFreesIt(@TempDir Path folder) throws IOException {
        Watched source = new Watched(Nd4j.createFromArray(1f, 2f));
        SafeTensors.write(folder.resolve("m.safetensors"), source, Map.of());
        assertEquals(1, source.read.size());
        assertTrue(source.read.get(0).wasClosed());
    }

    @Test
    void readOfAPart_everySource_hasThoseRows(@TempDir Path folder) throws IOException {
        INDArray matrix = Nd4j.arange(15).castTo(DataType.FLOAT).reshape(5, 3);
        Map<String, INDArray> tensors = Map.of("half", matrix.castTo(DataType.FLOAT16), "vector", Nd4j.arange(4));
        Path file = folder.resolve("t.safetensors");
        SafeTensors.write(file, tensors, Map.of());
        INDArray expected = Nd4j.arange(6, 12).castTo(DataType.FLOAT).reshape(2, 3);
        try (TensorSource read = SafeTensors.open(file);
                TensorSource arrays = new Watched(matrix)) {
            assertEquals(expected, read.read("half", 2, 4));
            assertEquals(expected, arrays.read("x", 2, 4));
            assertEquals(2, read.read("vector", 2, 3).getDouble(0));
            for (long[] part : new long[][] {{-1, 2}, {2, 2}, {4, 6}}) {
                String message = assertThrows(IllegalArgumentException.class, () -> read.read("half", part[0], part[1]))
                        .getMessage();
                assertEquals(
                        file + ": rows " + part[0] + " to " + part[1] + " of tensor 'half', which has shape [5, 3]",
                        message);
                assertThrows(IllegalArgumentException.class, () -> arrays.read("x", part[0], part[1]));
            }
        }
    }
}
