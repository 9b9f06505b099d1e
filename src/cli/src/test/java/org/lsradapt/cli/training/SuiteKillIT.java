package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
import org.lsradapt.cli.Main;
import org.lsradapt.lsr.JavaProcess;

/**
 * Suites in processes of their own that are killed (SIGKILL) at random moments and started again; what they leave in the
 * end is what an undisturbed one left. {@code -Dlsradapt.kills=100} is the long form.
 */
class SuiteKillIT {
    private static final int KILLS = Integer.getInteger("lsradapt.kills", 1);
    private static final Pattern SECONDS = Pattern.compile("\"seconds\" : [0-9.E-]+");

    @TempDir
    Path folder;

    private final Random random = ReplayableRandom.of(getClass());
    private int kills;
    private int logs;

    @BeforeEach
    void writeData() throws Exception {
        SuiteIT.writeData(folder);
        String model = Path.of(
                        SuiteKillIT.class.getResource("/golden/families/bert").toURI())
                .toString();
        Files.writeString(
                folder.resolve("suite.json"),
                "{\"models\": [{\"model\": \"" + model.replace("\\", "\\\\") + "\", \"name\": \"tiny\"}],"
                        + " \"tasks\": [{\"task\": \"mrpc\", \"data\": \"mrpc\"}],"
                        + " \"methods\": [\"frozen\", \"lora:1\", \"lsr:2\"], \"seeds\": [1, 2],"
                        + " \"settings\": {\"epochs\": 2, \"batch\": 4, \"max-length\": 16, \"save-every\": 1}}");
    }

    private Process start(String out, String... options) throws IOException {
        List<String> command = JavaProcess.command(Main.class, "-Xmx1g");
        command.addAll(List.of("suite", "suite.json", "--out", out));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log" + ++logs).toFile())
                .start();
    }

    /** Whether it ended by itself. */
    private boolean ended(Process process, long millis) throws IOException, InterruptedException {
        if (process.waitFor(millis, TimeUnit.MILLISECONDS)) {
            assertEquals(0, process.exitValue(), Files.readString(folder.resolve("log" + logs)));
            return true;
        }
        process.destroyForcibly();
        assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        kills++;
        return false;
    }

    /** The parameters and metrics of all cells, without the times in them. */
    private Map<String, String> content(String out) throws IOException {
        Path runs = folder.resolve(out).resolve("runs");
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(runs)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                String name = file.getFileName().toString();
                boolean hasTimes = name.equals("metrics.csv") || name.startsWith("report.");
                content.put(
                        runs.relativize(file).toString(),
                        hasTimes ? "" : SECONDS.matcher(text).replaceAll(""));
            }
        }
        return content;
    }

    private static void assertSame(Map<String, String> expected, Map<String, String> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, text) -> assertEquals(text, found.get(name), name));
    }

    /** How often a cell's end was told of, in all logs. */
    private Map<String, Integer> told() throws IOException {
        Map<String, Integer> told = new TreeMap<>();
        for (int i = 1; i <= logs; i++) {
            for (String line : Files.readAllLines(folder.resolve("log" + i))) {
                if (line.matches("\\[.*: accuracy .* in .*")) {
                    told.merge(line.replaceAll("^\\[ *\\d+/\\d+] (.*): accuracy.*", "$1"), 1, Integer::sum);
                }
            }
        }
        return told;
    }

    @Test
    void suite_killedAndStartedAgain_endsAsOneThatWasNot() throws Exception {
        long start = System.nanoTime();
        assertTrue(ended(start("whole", "--attempts", "0"), 600_000));
        long duration = (System.nanoTime() - start) / 1_000_000;
        Map<String, String> whole = content("whole");
        assertEquals(
                6,
                whole.keySet().stream()
                        .filter(name -> name.endsWith("metrics.json"))
                        .count(),
                whole.toString());
        for (int round = 0; kills < KILLS; round++) {
            String out = "killed" + round;
            logs = 0;
            boolean ended = false;
            while (!ended) {
                ended = ended(
                        start(out, "--attempts", "0"),
                        kills < KILLS ? 1 + (long) (random.nextDouble() * duration) : 600_000);
            }
            assertSame(whole, content(out));
            assertTrue(told().values().stream().allMatch(times -> times == 1), told().toString());
        }
    }

    @Test
    void suite_byTwoProcessesAtOnce_runsEachCellOnce() throws Exception {
        Process first = start("shared");
        Process second = start("shared");
        for (Process process : List.of(first, second)) {
            assertTrue(process.waitFor(600, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), new ArrayList<>(told().keySet()).toString());
        }
        assertEquals(6, told().size(), told().toString());
        assertTrue(told().values().stream().allMatch(times -> times == 1), told().toString());
    }

    /** Waits until the first cell was begun for the n-th time without coming further. */
    private void awaitBegun(String out, int times) throws IOException, InterruptedException {
        Path state = folder.resolve(out).resolve("state/tiny_mrpc_frozen_1.properties");
        for (int i = 0; i < 6000; i++) {
            if (Files.exists(state) && Files.readString(state).contains("begun=" + times)) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("not begun for time " + times + ": " + Files.readString(folder.resolve("log" + logs)));
    }

    @Test
    void cell_inWhichTheProcessDiesThreeTimes_fails_butNotOneThatIsStopped() throws Exception {
        Process stopped = start("died");
        awaitBegun("died", 1);
        stopped.destroy();
        assertTrue(stopped.waitFor(60, TimeUnit.SECONDS));
        String state = Files.readString(folder.resolve("died/state/tiny_mrpc_frozen_1.properties"));
        assertTrue(state.contains("begun=0"), state);
        for (int time = 1; time <= 3; time++) {
            Process process = start("died");
            awaitBegun("died", time);
            process.destroyForcibly();
            assertTrue(process.waitFor(60, TimeUnit.SECONDS));
        }
        Process process = start("died");
        assertTrue(process.waitFor(600, TimeUnit.SECONDS));
        assertEquals(2, process.exitValue());
        String log = Files.readString(folder.resolve("log" + logs));
        assertTrue(log.contains("frozen, seed 1: failed: the process died 3 times without progress"), log);
        assertTrue(log.contains("5 of 6 cells have finished, 1 failed, 0 are missing"), log);
    }
}
