package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

    @TempDir
    private Path folder;

    private static AtomicFile.Content text(String text) {
        return channel -> channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void write_newThenAgain_replacesTheWholeFile() throws IOException {
        Path file = folder.resolve("a.txt");
        AtomicFile.write(file, text("a long first content"));
        AtomicFile.write(file, text("second"));
        assertEquals("second", Files.readString(file));
        assertEquals(List.of("a.txt"), listing());
    }

    @Test
    void write_contentFails_leavesTheOldFileAndNoOther() throws IOException {
        Path file = folder.resolve("a.txt");
        AtomicFile.write(file, text("old"));
        IOException e = assertThrows(IOException.class, () -> AtomicFile.write(file, channel -> {
            text("ne").writeTo(channel);
            throw new IOException("the disk is full");
        }));
        assertEquals(file + ": cannot be written: the disk is full", e.getMessage());
        assertThrows(IllegalStateException.class, () -> AtomicFile.write(file, channel -> {
            throw new IllegalStateException();
        }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), listing());
    }

    @Test
    void write_noSuchFolder_namesIt() {
        Path file = folder.resolve("sub/a.txt");
        assertEquals(
                file + ": cannot be written, there is no folder " + folder.resolve("sub"),
                assertThrows(IOException.class, () -> AtomicFile.write(file, text("x"))).getMessage());
    }

    @Test
    void write_ontoAFolder_isRefused() {
        assertEquals(
                folder + ": cannot be written, it is a folder",
                assertThrows(IOException.class, () -> AtomicFile.write(folder, text("x"))).getMessage());
    }
}
