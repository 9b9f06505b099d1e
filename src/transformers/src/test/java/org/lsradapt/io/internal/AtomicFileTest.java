package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
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
        IOException e = assertThrows(
                IOException.class,
                () -> AtomicFile.write(file, channel -> {
                    text("ne").writeTo(channel);
                    throw new IOException("the disk is full");
                }));
        assertEquals(file + ": cannot be written: the disk is full", e.getMessage());
        assertThrows(
                IllegalStateException.class,
                () -> AtomicFile.write(file, channel -> {
                    throw new IllegalStateException();
                }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), listing());
    }

    @Test
    void write_noSuchFolder_namesIt() {
        Path file = folder.resolve("sub/a.txt");
        assertEquals(
                file + ": cannot be written, there is not a folder " + folder.resolve("sub"),
                assertThrows(IOException.class, () -> AtomicFile.write(file, text("x")))
                        .getMessage());
    }

    @Test
    void write_ontoAFolder_isRefused() {
        assertEquals(
                folder + ": cannot be written, it is a folder",
                assertThrows(IOException.class, () -> AtomicFile.write(folder, text("x")))
                        .getMessage());
    }

    @Test
    void write_afterAKilledOne_removesWhatThatLeft() throws IOException {
        Path file = folder.resolve("a.txt");
        long running = ProcessHandle.current().pid();
        String unique = Long.MAX_VALUE / 10 + "-" + UUID.randomUUID();
        Files.writeString(folder.resolve(".a.txt." + unique + ".tmp"), "half");
        Files.createFile(folder.resolve(".a.txt." + Long.MAX_VALUE / 10 + "-" + UUID.randomUUID() + ".tmp"));
        String begun = ".a.txt." + running + "-" + UUID.randomUUID() + ".tmp";
        Files.createFile(folder.resolve(begun));
        Files.writeString(folder.resolve(".a.txt.notes.tmp"), "of somebody else");
        Files.writeString(folder.resolve(".b.txt." + unique + ".tmp"), "of another file");
        AtomicFile.write(file, text("new"));
        assertEquals(
                List.of(begun, ".a.txt.notes.tmp", ".b.txt." + unique + ".tmp", "a.txt"),
                listing(),
                "a running process may not have the lock of what it has begun yet");
        AtomicFile.removeLeftovers(folder, name -> name.endsWith(".txt"));
        assertEquals(List.of(begun, ".a.txt.notes.tmp", "a.txt"), listing());
    }

    @Test
    void write_whileAnotherWritesTheSame_leavesItsTemporaryFile() throws IOException {
        Path file = folder.resolve("a.txt");
        Path foreign = folder.resolve(".a.txt." + Long.MAX_VALUE / 10 + "-" + UUID.randomUUID() + ".tmp");
        Files.writeString(foreign, "being written");
        try (FileChannel other = FileChannel.open(foreign, StandardOpenOption.WRITE)) {
            other.lock();
            AtomicFile.write(file, channel -> {
                text("outer").writeTo(channel);
                AtomicFile.write(file, text("inner"));
                assertEquals("inner", Files.readString(file));
            });
            assertTrue(Files.exists(foreign), "its writer has it locked");
        }
        assertEquals("outer", Files.readString(file));
    }
}
