package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.classification.TextClassifier;

/** Text models in a process without what our pom leaves out of ND4J, and what docs/reference/security.md says can be. */
class LeanClassPathIT {

    private static final List<String> LEFT_OUT = List.of(
            "/oshi-core/",
            "/jna-platform/",
            "/threetenbp/",
            "/commons-net/",
            "/commons-compress/",
            "/commons-codec/",
            "/org/nd4j/protobuf/",
            "/org/nd4j/jackson/");

    @TempDir
    private Path folder;

    @Test
    void textModel_withoutWhatCanBeLeftOut_trainsSavesLoadsAndPredicts() throws Exception {
        String all = System.getProperty("java.class.path");
        String lean = without(LEFT_OUT);
        assertTrue(all.contains("jackson-1.0.0-M2.1.jar") && !lean.contains("jackson-1.0.0-M2.1.jar"));
        String log = run(lean);
        assertTrue(log.contains("training on 60 examples") && !log.contains("SLF4J has no provider"), log);
    }

    @Test
    void training_withoutAnSlf4jProvider_printsProgress_andSaysOnceHowToLogIt() throws Exception {
        String log = run(without(List.of("/slf4j-simple/")));
        assertEquals(2, log.split("SLF4J has no provider", -1).length, log);
        assertEquals(3, log.split("training on ", -1).length, log);
        assertTrue(log.contains("add org.slf4j:slf4j-simple") && log.contains("TrainingListener"), log);
    }

    @Test
    void training_withoutAnSlf4jProvider_thatIsToldToBeQuiet_saysNothing() throws Exception {
        String log = run(without(List.of("/slf4j-simple/")), "-Dlsradapt.quiet=true");
        assertFalse(log.contains("LSR-Adapt") || log.contains("training on "), log);
    }

    private static String without(List<String> leftOut) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> leftOut.stream().noneMatch(entry.replace('\\', '/')::contains))
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Runs the program below to its end, and returns its output. */
    private String run(String classPath, String... options) throws Exception {
        File log = folder.resolve("log").toFile();
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "-cp",
                classPath,
                Lean.class.getName(),
                folder.resolve("adapter").toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log)
                .start();
        try {
            assertTrue(process.waitFor(120, TimeUnit.SECONDS), "takes too long");
            assertEquals(0, process.exitValue(), () -> read(log));
        } finally {
            process.destroyForcibly();
        }
        return read(log);
    }

    private static String read(File log) {
        try {
            return Files.readString(log.toPath());
        } catch (IOException e) {
            return e.toString();
        }
    }

    static final class Lean {
        private Lean() {}

        public static void main(String[] args) throws Exception {
            Path saved = Path.of(args[0]);
            TextClassifier.on(Samples.model("bert"))
                    .config(Samples.quick().build())
                    .train(Samples.weather(20), Samples.weather(6))
                    .close();
            try (TextClassifier classifier = TextClassifier.on(Samples.model("bert"))
                    .config(Samples.quick().build())
                    .adapters(LsrConfig.defaults())
                    .train(Samples.weather(60), Samples.weather(30))) {
                classifier.save(saved);
            }
            try (TextClassifier classifier = TextClassifier.load(saved)) {
                if (!classifier.predict("the sun is warm").label().equals("warm")) {
                    throw new IllegalStateException("learnt nothing");
                }
            }
        }
    }
}
