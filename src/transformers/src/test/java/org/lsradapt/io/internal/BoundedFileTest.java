package org.lsradapt.io.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundedFileTest {

    @TempDir
    private Path folder;

    private static void assertRefused(String message, Path file, int maxBytes) {
        assertEquals(
                message,
                assertThrows(IOException.class, () -> BoundedFile.read(file, maxBytes))
                        .getMessage());
    }

    @Test
    void read_upToTheBound_isTheContent() throws IOException {
        byte[] content = {1, 2, 3};
        Path file = Files.write(folder.resolve("a"), content);
        assertArrayEquals(content, BoundedFile.read(file, 4));
        assertArrayEquals(content, BoundedFile.read(file, 3));
        assertRefused(file + ": 3 bytes long, expected at most 2", file, 2);
        assertRefused(folder + ": there is no such file", folder, 3);
    }

    /** Files of this system say that they are empty, and are not. */
    @Test
    void read_moreThanTheFileSaidItHas_isRefused() throws IOException {
        Path file = Path.of("/proc/self/status");
        assumeTrue(Files.isRegularFile(file) && Files.size(file) == 0, "the system has no such file");
        assertRefused(file + ": grows while it is read, expected at most 9 bytes", file, 9);
    }

    @Test
    void text_markAndOtherEncodings_areKnown() throws IOException {
        assertEquals("a", BoundedFile.text("f", "\ufeffa".getBytes(StandardCharsets.UTF_8)));
        assertEquals(
                "f: not UTF-8 text",
                assertThrows(IOException.class, () -> BoundedFile.text("f", new byte[] {(byte) 0xff}))
                        .getMessage());
    }
}
