package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A library in C in place of one of NVIDIA's. */
public final class FakeLibrary {

    private FakeLibrary() {}

    /** Compiles {@code fakecuda} or {@code fakecublaslt}; skips the test where that cannot be done. */
    public static Path compiled(Path folder, String name, String... options) throws IOException, InterruptedException {
        assumeTrue(Platform.isLinux(), "the libraries are Linux ones");
        Path source = folder.resolve(name + ".c");
        try (InputStream in = FakeLibrary.class.getResourceAsStream(name + ".c")) {
            Files.write(source, in.readAllBytes());
        }
        // Stays loaded, so it lies where nobody deletes it before the process ends.
        Path file = Files.createTempFile(name, ".so");
        file.toFile().deleteOnExit();
        List<String> command = new ArrayList<>(List.of("gcc", "-O1", "-shared", "-fPIC", "-Wall", "-Werror"));
        command.addAll(List.of(options));
        command.addAll(List.of("-o", file.toString(), source.toString()));
        try {
            assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
        } catch (IOException e) {
            assumeTrue(false, "gcc is missing, so there is no library to call: " + e.getMessage());
        }
        return file;
    }
}
