package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
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
        return output(JavaProcess.command(Start.class), classPath);
    }

    private static String output(List<String> command, String classPath) throws Exception {
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

    /** The default of a Java to come: JEP 498. */
    @Test
    void accessToMemoryDenied_isSaidInOneSentence() throws Exception {
        Path java = newerJava();
        List<String> command = JavaProcess.command(Start.class);
        command.set(0, java.toString());
        command.add(1, "--sun-misc-unsafe-memory-access=deny");
        String output = output(command, System.getProperty("java.class.path"));
        assertEquals(
                "Java denies the access to memory (sun.misc.Unsafe) that ND4J's buffers need; start Java 24 or newer with"
                        + " --sun-misc-unsafe-memory-access=allow",
                output.strip());
        command.set(1, "--sun-misc-unsafe-memory-access=allow");
        assertTrue(output(command, System.getProperty("java.class.path")).contains("cpu"));
    }

    /** This Java, or one beside it. */
    private static Path newerJava() throws IOException {
        Path home = Path.of(System.getProperty("java.home")).toRealPath();
        if (Runtime.version().feature() >= 24) {
            return home.resolve("bin/java");
        }
        try (Stream<Path> others = Files.list(home.getParent())) {
            Optional<Path> newer = others.filter(InstalledNd4jIT::is24OrNewer).findFirst();
            assumeTrue(newer.isPresent(), "no Java 24 or newer beside " + home);
            return newer.orElseThrow().resolve("bin/java");
        }
    }

    private static boolean is24OrNewer(Path home) {
        try {
            return Pattern.compile("(?m)^JAVA_VERSION=\"(2[4-9]|[3-9]\\d)")
                    .matcher(Files.readString(home.resolve("release")))
                    .find();
        } catch (IOException e) {
            return false;
        }
    }
}
