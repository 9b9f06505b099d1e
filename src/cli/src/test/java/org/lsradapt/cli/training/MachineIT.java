package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.cli.Main;
import org.lsradapt.lsr.JavaProcess;

/** A machine that lacks something: a line that says what, and what to do. */
class MachineIT {

    @TempDir
    Path folder;

    /** At different places of loading. */
    @ParameterizedTest
    @ValueSource(ints = {36, 64})
    void heapThatIsTooSmall(int megabytes) throws Exception {
        String line = failure("-Xmx" + megabytes + "m");
        assertTrue(line.startsWith("error: out of memory: ") && line.contains("-Xmx"), line);
    }

    @Test
    void processThatIsTooLarge() throws Exception {
        String line = failure("-Xmx300m", "-Dorg.bytedeco.javacpp.maxphysicalbytes=200m");
        assertTrue(line.startsWith("error: out of memory: Cannot allocate ") && line.contains("-Xmx"), line);
    }

    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere there is no /dev/null that can be no folder")
    void noFolderForNativeLibraries() throws Exception {
        String line = failure(
                "-Duser.home=/dev/null", "-Djava.io.tmpdir=/dev/null", "-Dorg.bytedeco.javacpp.cachedir=/dev/null/c");
        assertTrue(line.startsWith("error: native libraries cannot be loaded: "), line);
        assertTrue(line.contains("-Dorg.bytedeco.javacpp.cachedir"), line);
    }

    /** The one line of a short training's error stream that is of the command. */
    private String failure(String... options) throws Exception {
        List<String> command = JavaProcess.command(Main.class, options);
        command.addAll(List.of(
                "finetune", "--epochs", "1", "--out", folder.resolve("out").toString()));
        Path log = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectError(log.toFile())
                .redirectOutput(folder.resolve("progress").toFile())
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        List<String> lines = Files.readAllLines(log).stream()
                .filter(line -> line.startsWith("error") || line.startsWith("\tat "))
                .toList();
        assertEquals(2, process.exitValue(), Files.readString(log));
        assertEquals(1, lines.size(), Files.readString(log));
        return lines.get(0);
    }
}
