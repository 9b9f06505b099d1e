package org.lsradapt.io;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;

/** A file that is refused does not stay open. */
class OpenFilesTest {

    private static final int TIMES = 100;

    @TempDir
    private Path folder;

    @FunctionalInterface
    private interface Opening {
        AutoCloseable open() throws IOException;
    }

    private static long openFiles() {
        assumeTrue(
                ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean,
                "the system counts no open files");
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }

    private static void assertClosed(Opening opening) {
        // What would stay open must not be closed by its collection.
        List<IOException> refusals = new ArrayList<>();
        long before = openFiles();
        for (int i = 0; i < TIMES; i++) {
            refusals.add(assertThrows(IOException.class, opening::open));
        }
        long more = openFiles() - before;
        assertTrue(more < TIMES / 2, more + " more files are open after " + refusals.get(0));
    }

    @Test
    void open_refused_isClosed() throws IOException {
        Path gguf = Files.write(folder.resolve("bad.gguf"), new byte[40]);
        assertClosed(() -> Gguf.open(gguf));
        Path tensors = Files.write(folder.resolve("bad.safetensors"), new byte[40]);
        assertClosed(() -> SafeTensors.open(tensors));
    }

    @Test
    void openSharded_lastFileIsMissing_closesTheOthers() throws IOException {
        Path index = folder.resolve("m.safetensors.index.json");
        ShardedSafeTensors.write(
                index,
                new ArrayTensors(Map.of("a", Nd4j.createFromArray(1f), "b", Nd4j.createFromArray(2f))),
                Map.of(),
                4);
        Files.delete(folder.resolve("m-00002-of-00002.safetensors"));
        assertClosed(() -> ShardedSafeTensors.open(index));
    }
}
