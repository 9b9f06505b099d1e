package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.cli.Main;
import org.lsradapt.lsr.JavaProcess;

/**
 * Commands in processes of their own that are killed (SIGKILL) at random moments and started again, until enough were
 * killed; what each leaves in the end is what an undisturbed one left. {@code -Dlsradapt.kills=100} is the long form, which
 * docs/background/reliability.md tells of.
 */
class KillIT {
    private static final int KILLS = Integer.getInteger("lsradapt.kills", 1);
    private static final Pattern SECONDS = Pattern.compile("\"seconds\" : [0-9.E-]+");
    private static final Pattern CSV_SECONDS = Pattern.compile("(?m)^((?:[^,\n]*,){5})[0-9.]+");
    private static final Pattern HTML_SECONDS = Pattern.compile("<td class=\"number\">[0-9]+\\.[0-9]</td></tr>");
    private static final Pattern SECONDS_PER_EPOCH = Pattern.compile("(?m)\\| [0-9]+\\.[0-9] \\|$");

    @TempDir
    Path folder;

    private final Random random = ReplayableRandom.of(getClass());
    private int kills;

    /** A small model, with which most of a run's time is not that of reading one. */
    @BeforeEach
    void copyModel() throws IOException {
        Path model = Files.createDirectory(folder.resolve("model"));
        try (Stream<Path> files = Files.list(Path.of("src/transformers/src/test/resources/golden/families/bert"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
    }

    /** Runs a command; whether it ended by itself. */
    private boolean run(long millis, String... arguments) throws IOException, InterruptedException {
        Path log = folder.resolve("log");
        List<String> command = JavaProcess.command(Main.class, "-Xmx1g");
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            assertEquals(0, process.exitValue(), () -> read(log));
            return true;
        }
        process.destroyForcibly();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        kills++;
        return false;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Runs a command undisturbed; how long it took. */
    private long time(String... arguments) throws IOException, InterruptedException {
        long start = System.nanoTime();
        assertTrue(run(600_000, arguments), () -> read(folder.resolve("log")));
        return (System.nanoTime() - start) / 1_000_000;
    }

    /** A moment at which a command that takes so long is killed; at times it will have ended before. */
    private long moment(long duration) {
        return 1 + (long) (random.nextDouble() * duration);
    }

    /** The content of all files of a folder by name, without the times in them. */
    private static Map<String, String> content(Path root) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                text = switch (file.getFileName().toString()) {
                    case "metrics.json" -> SECONDS.matcher(text).replaceAll("");
                    case "metrics.csv" -> CSV_SECONDS.matcher(text).replaceAll("$1");
                    case "report.md" -> SECONDS_PER_EPOCH.matcher(text).replaceAll("");
                    case "report.html" -> HTML_SECONDS.matcher(text).replaceAll("</tr>");
                    default -> text;
                };
                content.put(root.relativize(file).toString(), text);
            }
        }
        return content;
    }

    private static void assertSame(Map<String, String> expected, Map<String, String> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, text) -> assertEquals(text, found.get(name), name));
    }

    /** Kills a command that writes a folder, until it was let be; nothing but that folder may be there in the end. */
    private void writesAsAWhole(String command) throws Exception {
        long duration = time((command + " --out whole/folder").split(" "));
        Map<String, String> whole = content(folder.resolve("whole"));
        assertTrue(whole.size() >= 2, whole.keySet().toString());
        int before = kills;
        for (int round = 0; kills < before + KILLS; round++) {
            String name = "killed" + round;
            Path written = folder.resolve(name).resolve("folder");
            // It may be killed between its last move and its end.
            String[] arguments = (command + " --out " + name + "/folder").split(" ");
            while (!run(kills < before + KILLS ? moment(duration) : 600_000, arguments) && !Files.exists(written)) {
                age(folder.resolve(name));
            }
            assertSame(whole, content(folder.resolve(name)));
        }
    }

    /** What a process made just now could be another's that is about to lock it. */
    private static void age(Path parent) throws IOException {
        if (Files.isDirectory(parent)) {
            try (Stream<Path> entries = Files.list(parent)) {
                for (Path entry : entries.toList()) {
                    Files.setLastModifiedTime(entry, FileTime.fromMillis(System.currentTimeMillis() - 60_000));
                }
            }
        }
    }

    @Test
    void mergeAndExport_killedAndStartedAgain_writeAsOnesThatWereNot() throws Exception {
        CommandLineRun.writeMrpc(folder.resolve("data"), 16, 8);
        String options =
                "finetune --model model --task mrpc --data data --methods lsr --epochs 1 --head-steps 0 --out run";
        time(options.split(" "));
        writesAsAWhole("merge --adapter run/lsr-1");
        deleted("whole", "killed");
        writesAsAWhole("export --adapter run/lsr-1");
    }

    private void deleted(String... prefixes) throws IOException {
        try (Stream<Path> entries = Files.walk(folder)) {
            for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
                String name = folder.relativize(entry).toString();
                if (Stream.of(prefixes).anyMatch(name::startsWith)) {
                    Files.delete(entry);
                }
            }
        }
    }

    @Test
    void finetune_killedAndResumed_endsAsOneThatWasNot() throws Exception {
        CommandLineRun.writeMrpc(folder.resolve("data"), 48, 12);
        String options = "finetune --model model --task mrpc --data data --methods frozen,lora,lsr --dropout 0.1"
                + " --epochs 6 --batch 8 --head-steps 20 --eval-every 4 --save-every 1 --out ";
        long duration = time((options + "whole").split(" "));
        Map<String, String> whole = content(folder.resolve("whole"));
        assertTrue(
                whole.containsKey("lsr-1/adapter_model.safetensors"),
                whole.keySet().toString());
        for (int round = 0; kills < KILLS; round++) {
            String name = "killed" + round;
            Path run = folder.resolve(name);
            boolean ended = false;
            while (!ended) {
                boolean begun = Files.exists(run.resolve(RunLock.MARK)) && Files.size(run.resolve(RunLock.MARK)) > 0;
                String command = begun || Files.exists(run.resolve("report.md"))
                        ? "finetune --quiet --resume " + name
                        : options + name;
                ended = run(kills < KILLS ? moment(duration) : 600_000, command.split(" "));
            }
            assertSame(whole, content(run));
        }
    }
}
