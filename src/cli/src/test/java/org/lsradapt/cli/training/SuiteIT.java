package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.cli.Main;
import org.lsradapt.lsr.JavaProcess;
import org.lsradapt.report.internal.suite.SuiteCell;
import org.lsradapt.report.internal.suite.SuiteFolder;

/** {@code suite} in this process; what comes of processes that were killed is in {@link SuiteKillIT}. */
class SuiteIT {
    private static final int DATA = 24;

    @TempDir
    Path folder;

    private Path out;

    @BeforeEach
    void writeData() throws Exception {
        out = folder.resolve("suite");
        writeData(folder);
    }

    /** Writes MRPC files to {@code mrpc}, and {@code reviews.csv}. */
    static void writeData(Path folder) throws IOException {
        CommandLineRun.writeMrpc(folder.resolve("mrpc"), DATA, 8);
        StringBuilder rows = new StringBuilder("review,opinion\n");
        for (int i = 0; i < DATA; i++) {
            rows.append("\"a ")
                    .append(i % 3 == 0 ? "dull" : "great")
                    .append(" film, part ")
                    .append(i)
                    .append("\",")
                    .append(i % 3 == 0 ? "bad" : "good")
                    .append('\n');
        }
        Files.writeString(folder.resolve("reviews.csv"), rows);
    }

    private static String bert() throws Exception {
        return Path.of(SuiteIT.class.getResource("/golden/families/bert").toURI())
                .toString();
    }

    private String file(String methods, String seeds) throws Exception {
        String yaml = """
                models: [{model: "%s", name: tiny}]
                tasks:
                  - {task: mrpc, data: "%s"}
                  - {name: reviews, task: classify, train: "%s", text: review, label: opinion}
                methods: %s
                seeds: %s
                settings: {epochs: 1, batch: 8, max-length: 16}
                """;
        return Files.writeString(
                        folder.resolve("suite.yaml"),
                        yaml.formatted(bert(), folder.resolve("mrpc"), folder.resolve("reviews.csv"), methods, seeds))
                .toString();
    }

    private CommandLineRun suite(String file) {
        return suite(file, "");
    }

    private CommandLineRun suite(String file, String options, Object... values) {
        return CommandLineRun.of(
                CommandLineRun.arguments("suite {} --out {}", file, out), CommandLineRun.arguments(options, values));
    }

    private Map<String, FileTime> runs() throws IOException {
        Map<String, FileTime> times = new TreeMap<>();
        try (Stream<Path> files = Files.walk(out.resolve("runs"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                times.put(out.relativize(file).toString(), Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    @Test
    void suite_runsAllCells_once_takesMore_andRefusesOthers() throws Exception {
        Path events = folder.resolve("events");
        CommandLineRun first = suite(file("[frozen, lsr:2]", "[1, 2]"), "--tensorboard {}", events)
                .succeeded();
        assertTrue(Files.exists(events.resolve("tiny_reviews_lsr-r2_2/lsr-r2-2/events.out.tfevents.lsr-adapt")));
        suite(file("[lsr]", "[1]"), "--tensorboard {}", folder.resolve("reviews.csv"))
                .refused("found a file");
        assertEquals(
                "8 cells, 8 to run; if this is stopped, run the same command to continue",
                first.lines().get(0));
        String line = first.lines().get(2);
        assertTrue(
                line.matches(
                        "\\[2/8] tiny, mrpc, lsr:2, seed 1: accuracy 0\\.\\d{4} in [0-9.]+ s; 6 left, .*, until about .*"),
                line);
        first.says("8 of 8 cells have finished, 0 failed, 0 are missing\n");
        Map<String, FileTime> runs = runs();
        assertTrue(runs.containsKey("runs/tiny_reviews_lsr-r2_2/lsr-r2-2/adapter_model.safetensors"), runs.toString());
        assertTrue(runs.keySet().stream().noneMatch(name -> name.contains("checkpoint")), runs.toString());
        String report = Files.readString(out.resolve("report.md"));
        assertTrue(report.contains("## Differences from frozen\n"), report);

        CommandLineRun second = suite(file("[frozen, lsr:2]", "[1, 2]")).succeeded();
        assertEquals(
                "8 cells, 0 to run; if this is stopped, run the same command to continue",
                second.lines().get(0));
        assertEquals(3, second.lines().size(), second.out());
        assertEquals(runs, runs());

        CommandLineRun more = suite(file("[frozen, lsr:2]", "[2, 3]")).succeeded();
        assertTrue(more.lines().get(0).startsWith("8 cells, 4 to run"), more.out());
        more.says("12 of 12 cells have finished");
        assertTrue(runs().entrySet().containsAll(runs.entrySet()));

        Map<String, FileTime> before = runs();
        suite(file("[{method: 'lsr:2', s: 4}]", "[1]"))
                .refused("cell tiny_mrpc_lsr-r2_1 already exists with other settings: finetune --batch 8");
        assertEquals(before, runs());

        CommandLineRun named = succeed("suite report {} --against lsr:2", out);
        assertEquals(2, named.lines().size(), named.out());
        assertTrue(Files.readString(out.resolve("report.md")).contains("## Differences from lsr:2\n"));
        assertRefused("--against x: there is no such method", "suite report {} --against x", out);
    }

    @Test
    void cell_thatFails_isRecordedAndSkipped_untilRetried() throws Exception {
        String methods = "[lora:1, {name: wild, method: lsr, lr: 1e20, warmup: 0, epochs: 3}]";
        CommandLineRun run = suite(file(methods, "[1]"));
        run.refused("2 of 4 cells failed; " + out.resolve("failures") + " says why, and --retry runs them again");
        run.says(
                "[2/4] tiny, mrpc, wild, seed 1: failed: training diverged",
                "2 of 4 cells have finished, 2 failed, 0 are missing");
        Path failure = out.resolve("failures/tiny_mrpc_wild_1.txt");
        assertTrue(Files.readString(failure).startsWith("training diverged"), Files.readString(failure));
        assertTrue(Files.readString(failure).contains("  finetune --batch 8"), Files.readString(failure));
        assertTrue(Files.readString(out.resolve("report.md")).contains("## Failed\n"));
        FileTime time = Files.getLastModifiedTime(failure);
        Map<String, FileTime> runs = runs();

        CommandLineRun again = suite(file(methods, "[1]"));
        again.refused("2 of 4 cells failed");
        assertEquals(
                "4 cells, 0 to run, 2 failed before; if this is stopped, run the same command to continue",
                again.lines().get(0));
        assertEquals(time, Files.getLastModifiedTime(failure));
        assertEquals(runs, runs());

        CommandLineRun retried = suite(file(methods, "[1]"), "--retry");
        retried.refused("2 of 4 cells failed");
        retried.says("[2/4] tiny, mrpc, wild, seed 1: failed: training diverged");
        assertFalse(retried.out().contains("[1/4]"), retried.out());
    }

    @Test
    void cell_thatFailedAtOnce_takesCorrectedSettings_andOthersDoNot() throws Exception {
        Path mrpc = folder.resolve("mrpc");
        Path empty = Files.createDirectory(folder.resolve("empty"));
        String file = file("[frozen, {name: wild, method: lsr, lr: 1e20, warmup: 0, epochs: 2, save-every: 1}]", "[1]");
        String right = Files.readString(Path.of(file));
        Files.writeString(Path.of(file), right.replace(mrpc.toString(), empty.toString()));
        suite(file).refused("3 of 4 cells failed");
        SuiteFolder suite = new SuiteFolder(out);
        SuiteCell old = suite.cells().get(0);
        assertTrue(
                suite.failure(old).orElseThrow().contains("train.tsv"),
                suite.failure(old).toString());

        Files.writeString(Path.of(file), right.replace("lr: 1e20", "lr: 1e-3"));
        Path left = out.resolve("runs/tiny_reviews_wild_1");
        suite(file).refused("or delete " + left + ", the folder of the failed cell");
        assertEquals(old, suite.cells().get(0), "nothing is replaced where one cell is not");
        try (Stream<Path> files = Files.walk(left)) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        CommandLineRun run = suite(file).succeeded();
        assertTrue(run.lines().get(0).startsWith("4 cells, 3 to run;"), run.out());
        assertTrue(suite.begin(old, "").isEmpty(), "a process that still has it must not begin it");
        assertTrue(
                suite.cells().get(0).arguments().contains(mrpc.toString()),
                suite.cells().toString());
        suite(file("[{name: wild, method: lsr, lr: 2e-3}]", "[1]")).refused("already exists with other settings");
    }

    @Test
    void cell_thatAnotherProcessIsAt_isLeftToIt() throws Exception {
        String file = file("[frozen]", "[1]");
        try (RunLock lock = RunLock.take(out.resolve("runs/tiny_mrpc_frozen_1"), List.of("finetune"))) {
            assertRefused("there is no suite.json in it", "suite {} --out {}", file, folder);
            CommandLineRun run = suite(file).succeeded();
            run.says(
                    "[1/2] tiny, mrpc, frozen, seed 1: another process is running it; 1 left",
                    "1 of 2 cells have finished, 0 failed, 1 are missing");
            assertTrue(Files.exists(lock.path().resolve(RunLock.MARK)));
        }
        suite(file).succeeded();
    }

    @Test
    void cell_inWhoseFolderIsARunWithOtherOptions_fails() throws Exception {
        Path run = Files.createDirectories(out.resolve("runs/tiny_mrpc_frozen_1"));
        Files.writeString(
                run.resolve(RunLock.MARK), "argument.0=finetune\nargument.1=--seed\nargument.2=7\narguments=3\n");
        Files.writeString(run.resolve("x"), "");
        suite(file("[frozen]", "[1]")).refused("1 of 2 cells failed");
        String failure = Files.readString(out.resolve("failures/tiny_mrpc_frozen_1.txt"));
        assertTrue(failure.contains("was started with finetune --seed 7, expected finetune --batch 8"), failure);
    }

    @Test
    void cell_inWhichTheProcessDiedThreeTimes_failsUntilItIsRetried() throws Exception {
        String file = file("[frozen]", "[1]");
        suite(file).succeeded();
        SuiteFolder suite = new SuiteFolder(out);
        SuiteCell cell = suite.cells().get(0);
        Files.delete(suite.run(cell).resolve("report.md"));
        try (Stream<Path> files = Files.walk(suite.run(cell))) {
            for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
        for (int i = 0; i < 3; i++) {
            assertEquals(i, suite.begin(cell, RunLock.MARK).orElseThrow());
        }
        suite(file).refused("1 of 2 cells failed");
        assertTrue(
                suite.failure(cell).orElseThrow().contains("the process died 3 times"),
                suite.failure(cell).toString());
        assertFalse(Files.exists(suite.run(cell).resolve("report.md")));
        suite(file, "--retry").succeeded();
        assertTrue(Files.exists(suite.run(cell).resolve("report.md")));
    }

    @Test
    void suite_whatCannotRun_isRefusedByItsPlace_beforeAnythingRuns() throws Exception {
        assertRefused("no file, expected suite FILE --out DIR, or suite report DIR", "suite");
        assertRefused("no folder, expected --out DIR", "suite {}", file("[frozen]", "[1]"));
        suite(file("[frozen]", "[1]"), "--attempts -1").refused("expected 0 or more");
        suite(file("[frozen]", "[1]"), "--against x")
                .refused("--against x: there is no such method, expected one of frozen");
        suite(folder.resolve("none.json").toString()).refused("there is no such file");
        assertRefused("there is no such file", "suite report {}", folder);
        String place = "suite.yaml: tasks, entry 1 (mrpc); methods, entry 2 (lsr): ";
        String tiny = "models, entry 1 (tiny); ";
        place = "suite.yaml: " + tiny + place.substring("suite.yaml: ".length());
        suite(file("[frozen, {method: lsr, lr: fast}]", "[1]"))
                .refused(place + "Invalid value for option '--lr': 'fast'");
        suite(file("[frozen, {method: lsr, factors: 3, monitor: re-orthogonalize}]", "[1]"))
                .refused(place + "--monitor re-orthogonalize needs two Kronecker factors");
        for (String[] option : new String[][] {
            {"lr: 0", "learning rate is 0.0"},
            {"save-every: -1", "checkpoints every -1 steps"},
            {"examples: 1", "--task mrpc: found --examples 1"},
            {"max-length: 0", "max length 0"},
            {"epsilon: -1", "condition monitor: epsilon is -1.0"},
            {"monitor-every: 0", "condition monitor: every 0 steps"},
            {"anchor: text", "--task mrpc: found --anchor"},
            {"per: user", "--per: expected it in the command finetune alone"}
        }) {
            String before = option[0].startsWith("max-length") ? "" : place;
            suite(file("[frozen, {method: lsr, " + option[0] + "}]", "[1]")).refused(before + option[1]);
        }
        Path file = Path.of(file("[lsr]", "[1]"));
        String text = Files.readString(file);
        for (String[] other : new String[][] {
            {text.replace("task: mrpc,", "task: msrpc,"), "unknown task \"msrpc\", expected one of"},
            {text.replaceFirst("mrpc, data: .*}", "mrpc}"), "task mrpc reads train.tsv and dev.tsv"},
            {text.replaceFirst("model: [^,}]*", "model: none"), "model 'none': there is no such folder or file"}
        }) {
            Files.writeString(file, other[0]);
            suite(file.toString()).refused(other[1]);
        }
        suite(file("[lsrr]", "[1]")).refused("methods, entry 1 (lsrr): unknown method");
        suite(file("[{method: lsr, out: x}]", "[1]")).refused("found the field \"out\"");
        assertFalse(Files.exists(out));
    }

    /** A process of its own, since the encoding of file names is the JVM's for its life. */
    @Test
    @EnabledOnOs(value = OS.LINUX, disabledReason = "elsewhere the names of files do not depend on the locale")
    void suite_namesThatTheLocaleCannotWrite_areRefused_beforeAnythingIsWritten() throws Exception {
        String text = Files.readString(Path.of(file("[frozen]", "[1]")));
        String advice = "expected a UTF-8 locale, such as LC_ALL=C.UTF-8, or another name";
        for (String named : List.of(
                text.replace("name: reviews", "name: t\u00e9"), text.replace("models: [", "models: [mod\u00e8le, "))) {
            Files.writeString(folder.resolve("suite.yaml"), named);
            List<String> line = JavaProcess.command(Main.class);
            line.addAll(List.of("suite", folder.resolve("suite.yaml").toString(), "--out", out.toString()));
            ProcessBuilder command = new ProcessBuilder(line)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile());
            command.environment().put("LC_ALL", "C");
            Process process = command.start();
            assertTrue(process.waitFor(2, TimeUnit.MINUTES));
            List<String> lines = Files.readAllLines(folder.resolve("log"));
            assertEquals(2, process.exitValue(), lines.toString());
            assertEquals(1, lines.size(), lines.toString());
            assertTrue(lines.get(0).contains(advice), lines.toString());
            assertTrue(lines.get(0).startsWith("error: " + folder.resolve("suite.yaml") + ": "), lines.toString());
            assertFalse(Files.exists(out));
        }
    }
}
