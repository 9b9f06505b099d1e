package org.lsradapt.adapters;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.transformer.SmallModel;

class PackedAdapterTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FP32", "FP16", "BF16", "INT8", "INT4"})
    void write_ofAFolderReadBefore_hasTheSameBytes(Precision storage) throws IOException {
        try (TinyAdapter tiny = TinyAdapter.mixed(SmallModel.BERT)) {
            AdapterFolder.save(folder.resolve("a"), tiny.card, tiny.adapters, tiny.head, storage);
        }
        PackedAdapter packed = PackedAdapter.read(folder.resolve("a"));
        PackedAdapter stored = new PackedAdapter(
                AdapterForm.of("form", packed.form().bytes()), packed.numbers(), packed.headNumbers());
        assertEquals(packed.form(), stored.form());
        stored.write(folder.resolve("b"));
        assertSameFolder();
    }

    @Test
    void write_ofAHeadAlone_hasTheSameBytes() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterFolder.save(folder.resolve("a"), tiny.card, tiny.head);
        }
        PackedAdapter packed = PackedAdapter.read(folder.resolve("a"));
        assertEquals(0, packed.numbers().length);
        assertTrue(packed.headNumbers().length > 0);
        packed.write(folder.resolve("b"));
        assertSameFolder();
    }

    /** A second save gives the tensor file another name. */
    @Test
    void write_ofAnAdapterSavedTwice_differsInTheTensorFilesNameAlone() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder.resolve("a"));
            tiny.head.values().addi(1);
            tiny.save(folder.resolve("a"));
            tiny.save(folder.resolve("c"));
        }
        assertFalse(Files.exists(folder.resolve("a").resolve(TensorFile.FIRST)));
        PackedAdapter.read(folder.resolve("a")).write(folder.resolve("b"));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("c").resolve(TensorFile.FIRST)),
                Files.readAllBytes(folder.resolve("b").resolve(TensorFile.FIRST)));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("c").resolve(AdapterConfigFile.NAME)),
                Files.readAllBytes(folder.resolve("b").resolve(AdapterConfigFile.NAME)));
    }

    @Test
    void form_ofAdaptersTrainedAlike_isEqual() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder.resolve("a"));
            tiny.adapters.values().addi(1);
            tiny.save(folder.resolve("b"));
        }
        PackedAdapter one = PackedAdapter.read(folder.resolve("a"));
        PackedAdapter other = PackedAdapter.read(folder.resolve("b"));
        assertEquals(one.form(), other.form());
        assertEquals(one.form().hashCode(), other.form().hashCode());
        assertArrayEquals(one.headNumbers(), other.headNumbers());
    }

    @Test
    void open_ofNumbersThatAreNotFinite_namesTheTensor() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder.resolve("a"));
        }
        PackedAdapter packed = PackedAdapter.read(folder.resolve("a"));
        byte[] numbers = packed.numbers().clone();
        for (int i = 0; i < 4; i++) {
            numbers[i] = (byte) 0xFF;
        }
        PackedAdapter damaged = new PackedAdapter(packed.form(), numbers, packed.headNumbers());
        String message = assertThrows(IOException.class, () -> damaged.open("store: key 'ada'"))
                .getMessage();
        assertTrue(message.startsWith("store: key 'ada': tensor 'base_model.model."), message);
    }

    @Test
    void read_ofAnAlteredFolder_saysSo() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            tiny.save(folder.resolve("a"));
        }
        Path tensors = folder.resolve("a").resolve(TensorFile.FIRST);
        byte[] content = Files.readAllBytes(tensors);
        content[content.length - 1] ^= 1;
        Files.write(tensors, content);
        String message = assertThrows(IOException.class, () -> PackedAdapter.read(folder.resolve("a")))
                .getMessage();
        assertTrue(message.contains("altered"), message);
    }

    @Test
    void read_ofAdaptersSavedAlone_isRefused() throws IOException {
        try (TinyAdapter tiny = TinyAdapter.lsr()) {
            AdapterFolder.save(folder.resolve("a"), tiny.adapters);
        }
        String message = assertThrows(IOException.class, () -> PackedAdapter.read(folder.resolve("a")))
                .getMessage();
        assertTrue(message.contains("without base model and task"), message);
    }

    @Test
    void formOf_damagedBytes_isAnIoException() {
        for (byte[] bytes : new byte[][] {{}, {1, 2, 3}, new byte[12], new byte[200]}) {
            String message = assertThrows(IOException.class, () -> AdapterForm.of("form 7", bytes))
                    .getMessage();
            assertTrue(message.startsWith("form 7: "), message);
        }
    }

    private void assertSameFolder() throws IOException {
        for (String name : new String[] {TensorFile.FIRST, AdapterConfigFile.NAME}) {
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("a").resolve(name)),
                    Files.readAllBytes(folder.resolve("b").resolve(name)),
                    name);
        }
    }
}
