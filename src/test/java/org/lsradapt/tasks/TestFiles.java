package org.lsradapt.tasks;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Small made-up files, and what tests say about them. */
final class TestFiles {

    private TestFiles() {
    }

    /** Writes the text as UTF-8, byte for byte. */
    static Path write(Path folder, String name, String content) throws IOException {
        return Files.write(folder.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    }

    /** The message of the IOException that loading ends with. */
    static String loadFailure(String task, Path folder) {
        return assertThrows(IOException.class, () -> Tasks.named(task).load(folder)).getMessage();
    }

    /** The same numbers in each run, unless the system property lsradapt.test.seed says otherwise. */
    static Random random() {
        return new Random(Long.getLong("lsradapt.test.seed", 20260101L));
    }
}
