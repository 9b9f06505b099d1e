package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.JavaProcess;

class DoctorCommandTest {
    @TempDir
    Path folder;

    @Test
    void doctor_describesWhatABugReportNeeds() {
        CommandLineRun run = CommandLineRun.line("doctor");
        assertEquals("", run.err());
        List<String> lines = run.out().lines().toList();
        for (String start : List.of(
                "lsr-adapt ",
                System.getProperty("os.name"),
                "Java " + System.getProperty("java.version"),
                "processors: ",
                "memory: ",
                "models: ",
                "native libraries: ",
                "backend cpu on ND4J's CpuBackend",
                "OpenBLAS with kernels ",
                "oneDNN ",
                "vectors ")) {
            assertTrue(lines.stream().anyMatch(line -> line.startsWith(start)), start + " in " + run.out());
        }
    }

    @Test
    @EnabledOnOs(architectures = "amd64", disabledReason = "other processors have no kernels of that name")
    void doctor_withKernelsOfAnEarlyProcessor_saysThatTheyAreSlow() throws Exception {
        Path log = folder.resolve("log");
        List<String> command = JavaProcess.command(Main.class);
        command.add("doctor");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().put("OPENBLAS_CORETYPE", "Prescott");
        Process process = builder.start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue(), Files.readString(log));
        assertTrue(
                Files.readString(log).contains("SLOW: OpenBLAS uses its kernels for PRESCOTT"), Files.readString(log));
    }
}
