package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A heap that is too small, at different places of loading: a line that says so and what to do. */
class SmallHeapTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {36, 64, 90})
    void finetune_saysWhatIsMissing(int megabytes) throws Exception {
        Path log = folder.resolve("log");
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx" + megabytes + "m",
                        "-cp", System.getProperty("java.class.path"), Main.class.getName(),
                        "finetune", "--epochs", "1", "--out", out.toString())
                .redirectError(log.toFile())
                .redirectOutput(folder.resolve("progress").toFile())
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        List<String> lines = Files.readAllLines(log).stream().filter(line -> line.startsWith("error")).toList();
        assertEquals(2, process.exitValue(), Files.readString(log));
        assertEquals(1, lines.size(), Files.readString(log));
        assertTrue(
                lines.get(0).startsWith("error: out of memory: ") && lines.get(0).contains("-Xmx"),
                lines.get(0));
    }
}
