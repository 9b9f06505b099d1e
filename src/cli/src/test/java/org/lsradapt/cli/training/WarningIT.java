package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.cli.Main;
import org.lsradapt.lsr.JavaProcess;

/** A process's warnings, of which the log has some too. */
class WarningIT {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"--quiet", "--save-every=0"})
    void classifierOfOneAnswer_isWarnedOfOnce(String option) throws Exception {
        Path train = Files.writeString(
                folder.resolve("train.csv"), "text,label\n" + "the sun,warm\nthe snow,cold\n".repeat(6));
        Path dev = Files.writeString(folder.resolve("dev.csv"), "text,label\nthe sun,warm\nthe sun,cold\n");
        List<String> command = JavaProcess.command(Main.class);
        command.addAll(List.of("finetune", "--task", "classify", "--methods", "frozen", "--epochs", "1", option));
        command.addAll(List.of("--train", train.toString(), "--dev", dev.toString()));
        command.addAll(List.of("--out", folder.resolve("out").toString()));
        Path out = folder.resolve("printed");
        Path err = folder.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        assertTrue(process.waitFor(5, TimeUnit.MINUTES));
        String all = Files.readString(out) + Files.readString(err);
        assertEquals(0, process.exitValue(), all);
        List<String> warnings = all.lines()
                .filter(line -> line.contains("for each of 2 evaluation examples"))
                .toList();
        assertEquals(1, warnings.size(), all);
        assertTrue(warnings.get(0).startsWith("warning: frozen, seed 1: the classifier answers"), all);
    }
}
