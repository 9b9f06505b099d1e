package org.lsradapt.tasks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** Small made-up files, and what tests say about them. */
public final class TestFiles {

    private TestFiles() {}

    /** Writes the text as UTF-8, byte for byte. */
    public static Path write(Path folder, String name, String content) throws IOException {
        return Files.write(folder.resolve(name), content.getBytes(StandardCharsets.UTF_8));
    }

    /** The same numbers in each run, unless the system property lsradapt.test.seed says otherwise. */
    public static Random random() {
        return new Random(Long.getLong("lsradapt.test.seed", 20260101L));
    }
}
