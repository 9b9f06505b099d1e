package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.lsr.backend.Backends;

/** Programs that start on other class paths than Maven's. */
class InstalledNd4jIT {

    /** A program's first use of the library. */
    static final class Start {
        public static void main(String[] arguments) {
            try {
                System.out.println(Backends.standard().name());
            } catch (IllegalStateException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private static String output(String classPath) throws Exception {
        List<String> command = JavaProcess.command(Start.class);
        command.set(command.indexOf("-cp") + 1, classPath);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        return output;
    }

    private static Stream<String> classPath() {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(System.getProperty("java.class.path"));
    }

    /** Gradle resolves what Maven does, but for the jars that profiles add, all of which have a platform in their name. */
    @Test
    void classPathOfGradle_namesTheLinesToAdd() throws Exception {
        String output = output(classPath()
                .filter(entry -> NativeBinaries.PLATFORMS.stream().noneMatch(entry::contains))
                .collect(Collectors.joining(File.pathSeparator)));
        NativeBinaries.JARS.forEach(
                jar -> assertTrue(output.contains("runtimeOnly(\"" + jar.artifact() + ":"), () -> jar + "\n" + output));
    }

    @Test
    void start_printsNoWarningOfJavaCpp() throws Exception {
        String output = output(classPath()
                .filter(entry -> !entry.contains("slf4j-simple"))
                .collect(Collectors.joining(File.pathSeparator)));
        assertFalse(output.contains("do not match"), output);
        assertTrue(output.contains("cpu"), output);
    }
}
