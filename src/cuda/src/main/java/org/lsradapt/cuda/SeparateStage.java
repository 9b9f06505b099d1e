package org.lsradapt.cuda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.lsradapt.cuda.internal.Libraries;
import org.lsradapt.cuda.internal.NativeDriver;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.AtomicFile;
import org.lsradapt.io.internal.JsonFile;

/**
 * A group of {@link GpuCheck}'s checks in a Java process of its own. A device that is lost, or a crash of the driver, ends
 * this process only, and what was found before is kept. Unless times are measured, each launch waits for its kernel, so that
 * an error is that of the kernel that its message names.
 */
final class SeparateStage {
    private static final long MOST_MINUTES = 30;
    private static final String ONE_BY_ONE = "CUDA_LAUNCH_BLOCKING";

    private SeparateStage() {}

    /** Runs a group here, by {@code GROUP FILE}; the file always has the findings so far. */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[1]);
        Libraries libraries = new Libraries();
        GpuCheck check = new GpuCheck(() -> NativeDriver.load(libraries));
        write(file, check.group(args[0], stage -> write(file, stage)));
        // A driver that has lost its device may wait for it as the process ends.
        Runtime.getRuntime().halt(0);
    }

    private static void write(Path file, GpuCheck.Stage stage) {
        try {
            AtomicFile.write(file, JsonFile.line(stage.fields()).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a group of the stage {@code name} in a new process. */
    static GpuCheck.Stage run(String name, String group) {
        try {
            Path folder = Files.createTempDirectory("gpu-check");
            try {
                return run(name, group, folder);
            } finally {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            return new GpuCheck.Stage(
                    name, false, List.of("no process for " + group + ": " + e.getMessage()), List.of());
        }
    }

    private static GpuCheck.Stage run(String name, String group, Path folder) throws IOException {
        Path file = folder.resolve("stage.json");
        Path log = folder.resolve("log.txt");
        ProcessBuilder builder = new ProcessBuilder(command(group, file))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        if (!GpuCheck.TIMED.contains(group)) {
            builder.environment().put(ONE_BY_ONE, "1");
        }
        Process process = builder.start();
        String end = end(process);
        GpuCheck.Stage found =
                Files.exists(file) ? read(name, file) : new GpuCheck.Stage(name, false, List.of(), List.of());
        if (end.isEmpty()) {
            return found;
        }
        List<String> lines = new ArrayList<>(found.lines());
        lines.add(group + ": " + end + last(log));
        return new GpuCheck.Stage(name, false, lines, found.checks());
    }

    private static List<String> command(String group, Path file) {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current()
                .info()
                .command()
                .orElseGet(() ->
                        Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-javaagent") && !argument.startsWith("-agentlib"))
                .forEach(command::add);
        for (String property : List.of(Libraries.DRIVER_PROPERTY, Libraries.CUBLASLT_PROPERTY)) {
            if (System.getProperty(property) != null) {
                command.add("-D" + property + "=" + System.getProperty(property));
            }
        }
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), SeparateStage.class.getName(), group, file.toString()));
        return command;
    }

    /** Waits; returns how the process has ended, empty if as it should. */
    private static String end(Process process) {
        try {
            if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
                return "did not end in " + MOST_MINUTES + " minutes";
            }
            return process.exitValue() == 0 ? "" : "the process ended with exit code " + process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        } finally {
            process.destroyForcibly();
        }
    }

    /** The place of a crash, or else the last line. */
    private static String last(Path log) throws IOException {
        String text = new String(Files.readAllBytes(log), StandardCharsets.UTF_8);
        List<String> lines = text.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("\tat "))
                .toList();
        List<String> crash = lines.stream()
                .filter(line -> line.startsWith("#  SIG") || line.startsWith("# C "))
                .map(line -> line.substring(1).strip())
                .toList();
        return crash.isEmpty()
                ? lines.isEmpty() ? "" : ": " + lines.get(lines.size() - 1)
                : ": " + String.join(" in ", crash);
    }

    private static GpuCheck.Stage read(String name, Path file) throws IOException {
        JsonFields stage = new JsonFields(file.toString(), JsonFile.readObject(file));
        List<Map<String, Object>> checks = new ArrayList<>();
        for (JsonFields check : stage.objects("checks")) {
            Map<String, Object> fields = new LinkedHashMap<>();
            for (String field : check.names()) {
                fields.put(field, value(check, field));
            }
            checks.add(fields);
        }
        return new GpuCheck.Stage(name, stage.flag("passed"), stage.texts("lines"), checks);
    }

    private static Object value(JsonFields check, String field) throws IOException {
        if (check.isText(field)) {
            return check.text(field);
        }
        return switch (field) {
            case "passed", "repeatable" -> check.flag(field);
            case "arrays" -> check.integer(field);
            default -> check.number(field);
        };
    }
}
