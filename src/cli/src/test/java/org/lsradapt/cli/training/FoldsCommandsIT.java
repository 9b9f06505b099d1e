package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.cli.Main;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.JavaProcess;

/** Cross-validation, search and abstention by commands, on a small random model and a table of which a third has labels by chance. */
class FoldsCommandsIT {
    private static final int ROWS = 60;

    @TempDir
    static Path parent;

    private static Path train;
    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        StringBuilder rows = new StringBuilder("text,label\n");
        for (int i = 0; i < ROWS; i++) {
            boolean unclear = i % 3 == 2;
            boolean warm = unclear ? i % 2 == 0 : i % 3 == 0;
            rows.append("is ".repeat(i / 4))
                    .append(unclear ? "the smile" : warm ? "the sun" : "the rain")
                    .append(warm ? ",warm\n" : ",cold\n");
        }
        train = Files.writeString(parent.resolve("train.csv"), rows);
        run = parent.resolve("run");
        trained = run("--folds 3 --tune --budget 4 --abstain 0.9 --calibrate --epochs 8 --out {}", run);
    }

    private static CommandLineRun run(String options, Object... values) {
        return CommandLineRun.of(
                CommandLineRun.arguments(
                        "finetune --task classify --model {} --train {} --batch 8"
                                + (options.contains("--methods frozen") ? "" : " --lr 0.01"),
                        Samples.model("bert"),
                        train),
                CommandLineRun.arguments(options, values));
    }

    private static JsonNode metrics(Path folder) throws IOException {
        return JsonFile.readObject(folder.resolve("metrics.json"));
    }

    @Test
    void folds_measureEachRowOnce_andAllRowsTogether() throws IOException {
        trained.succeeded();
        JsonNode result = metrics(run).get("results").get(0);
        assertEquals(3, result.get("folds").size());
        assertEquals(
                ROWS,
                IntStream.range(0, 3)
                        .map(i -> result.get("folds").get(i).get("rows").intValue())
                        .sum());
        assertTrue(result.get("intervals").has("accuracy"), result.toString());
        assertEquals(ROWS, result.get("abstention").get("rows").intValue());
        assertFalse(result.has("held_out_metrics"), result.toString());
        String report = Files.readString(run.resolve("report.md"));
        assertTrue(report.contains("## Folds"), report);
        assertTrue(report.contains("| all rows |"), report);
        assertTrue(report.contains("not trained on it"), report);
        assertTrue(Files.readString(run.resolve("report.html")).contains("<h2>Folds</h2>"));
        trained.says("lsr, seed 1: mean of 3 folds  f1 ");
        assertFalse(trained.out().contains("held out "), trained.out());
        assertFalse(Files.exists(run.resolve("checkpoints")));
    }

    @Test
    void tune_writesItsTrainings_andTrainsWithTheBest() throws IOException {
        assertEquals(4, Files.readAllLines(run.resolve("tuning-lsr.jsonl")).size());
        JsonNode search = metrics(run).get("tuning").get("lsr");
        assertEquals(4, search.get("trainings").size());
        assertEquals(8, search.get("epochs").intValue(), "no training had all epochs");
        JsonNode settings = metrics(run).get("settings").get("lsr");
        assertEquals(search.get("rate"), settings.get("learning rate"));
        assertEquals(search.get("epochs"), settings.get("epochs"));
        assertTrue(Files.readString(run.resolve("report.md")).contains("## Search for rate and epochs"));
    }

    @Test
    void tune_thatWasKilled_goesOnWithItsFile() throws IOException {
        Path again = parent.resolve("again");
        run("--tune --budget 2 --epochs 4 --out {}", again).succeeded();
        List<String> before = Files.readAllLines(again.resolve("tuning-lsr.jsonl"));
        Path third = Files.createDirectory(parent.resolve("third"));
        try (RunLock lock = RunLock.take(
                third,
                List.of(
                        "finetune",
                        "--task",
                        "classify",
                        "--model",
                        Samples.model("bert").toString(),
                        "--train",
                        train.toString(),
                        "--batch",
                        "8",
                        "--lr",
                        "0.01",
                        "--tune",
                        "--budget",
                        "2",
                        "--epochs",
                        "4"))) {
            Files.writeString(third.resolve("tuning-lsr.jsonl"), before.get(0) + "\n{\"rate\":");
        }
        CommandLineRun resumed = succeed("finetune --resume {}", third);
        List<String> after = Files.readAllLines(third.resolve("tuning-lsr.jsonl"));
        assertEquals(before.get(0), after.get(0), resumed.out());
        assertEquals(2, after.size());
        assertEquals(
                metrics(again).get("results").get(0).get("metrics"),
                metrics(third).get("results").get(0).get("metrics"));
    }

    @Test
    void folds_thatWereKilled_goOn_withTheSameNumbers() throws Exception {
        String line = "--folds 3 --calibrate --epochs 4 --out {}";
        Path whole = parent.resolve("whole");
        Path killed = parent.resolve("killed");
        run(line, whole).succeeded();
        List<String> command = JavaProcess.command(Main.class);
        command.addAll(List.of(
                ("finetune --task classify --batch 8 --lr 0.01 " + line.replace("{}", killed.toString())).split(" ")));
        command.addAll(List.of("--model", Samples.model("bert"), "--train", train.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (BufferedReader printed = process.inputReader()) {
            assertTrue(printed.lines().anyMatch(one -> one.startsWith("fold 3 of 3")));
        } finally {
            process.destroyForcibly().waitFor();
        }
        CommandLineRun resumed = succeed("finetune --resume {}", killed);
        resumed.says("already trained");
        for (String field : List.of("metrics", "folds", "calibration", "intervals")) {
            assertEquals(
                    metrics(whole).get("results").get(0).get(field),
                    metrics(killed).get("results").get(0).get(field));
        }
    }

    @Test
    void abstain_isSaved_predictPrintsEmptyLabels_andCanBeUndone() throws IOException {
        Path adapter = run.resolve("lsr-1");
        JsonNode task =
                JsonFile.readObject(adapter.resolve("adapter_config.json")).get("task");
        double least = task.get("abstain_below").doubleValue();
        trained.says("lsr, seed 1: answers from probability ");
        CommandLineRun some = CommandLineRun.line("predict --adapter {} --data {}", adapter, train);
        CommandLineRun all = CommandLineRun.line("predict --adapter {} --data {} --no-abstain", adapter, train);
        assertEquals(ROWS, some.lines().size(), some.err());
        int empty = 0;
        for (int i = 0; i < ROWS; i++) {
            String[] one = some.lines().get(i).split("\t");
            String[] other = all.lines().get(i).split("\t");
            assertEquals(other[1], one[1]);
            assertEquals(Double.parseDouble(one[1]) < least ? "" : other[0], one[0]);
            empty += one[0].isEmpty() ? 1 : 0;
        }
        assertTrue(empty > 0 && empty < ROWS, empty + " empty labels");
        assertTrue(some.err().contains("answers from probability "), some.err());
        assertFalse(all.err().contains("answers from probability "), all.err());
        String json = CommandLineRun.line("predict --adapter {} --data {} --json", adapter, train)
                .out();
        assertTrue(json.contains("\"label\":\"\",\"probability\":"), json);
        assertRefused("--no-abstain", "predict --adapter {} --uncalibrated word", adapter);
        assertRefused("abstains", "predict --adapter {} --adapter {} word", adapter, adapter);
    }

    @Test
    void abstain_staysInMergedModels_andExportSaysThatItIsLost() throws IOException {
        Path adapter = run.resolve("lsr-1");
        Path merged = parent.resolve("merged");
        succeed("merge --adapter {} --out {}", adapter, merged);
        CommandLineRun one = CommandLineRun.line("predict --adapter {} --data {}", adapter, train);
        CommandLineRun other = CommandLineRun.line("predict --model {} --data {}", merged, train);
        assertEquals(
                one.lines().stream().filter(line -> line.startsWith("\t")).count(),
                other.lines().stream().filter(line -> line.startsWith("\t")).count());
        CommandLineRun exported = CommandLineRun.line(
                "export --adapter {} --to peft --bare --as-lora 2 --out {}", adapter, parent.resolve("peft"));
        assertEquals(0, exported.code(), exported.err());
        exported.says("no least probability");
        CommandLineRun inspected = CommandLineRun.line("inspect --adapter {}", adapter);
        assertTrue(inspected.out().contains("none below probability"), inspected.out() + inspected.err());
    }

    @Test
    void abstain_ofASharedAdapter_isRefusedForKeys() throws IOException {
        Path users = Files.writeString(
                parent.resolve("users.csv"), "text,label,user\n" + "the sun,warm,ann\nthe rain,cold,ann\n".repeat(12));
        assertRefused(
                "trained without --abstain",
                "finetune --task classify --per user --train {} --from {} --store {}",
                users,
                run.resolve("lsr-1"),
                parent.resolve("store"));
    }

    @Test
    void abstain_thatIsNotReached_isSaid_andNotSaved() throws IOException {
        Path other = parent.resolve("other");
        CommandLineRun unreached = run("--abstain 0.999 --epochs 1 --methods frozen --out {}", other);
        assertEquals(0, unreached.code(), unreached.err());
        unreached.says("reaches the precision 0.999; every row is answered");
        assertFalse(
                Files.readString(other.resolve("frozen-1/adapter_config.json")).contains("abstain_below"));
        assertRefused(
                "answers all inputs already", "predict --adapter {} --no-abstain word", other.resolve("frozen-1"));
    }

    @ParameterizedTest
    @CsvSource({
        "regress, 1.5, -1.5, pearson",
        "ordinal, 2, 1, quadratic_kappa",
        "labels, sun, rain, f1_macro",
        "tokens, B-A, O, f1"
    })
    void folds_ofOtherTasks_measureAllRows(String task, String one, String other, String metric) throws IOException {
        boolean tokens = task.equals("tokens");
        StringBuilder rows =
                new StringBuilder(tokens ? "" : "text," + (task.equals("labels") ? "labels" : "label") + "\n");
        for (int i = 0; i < 24; i++) {
            boolean sun = i % 3 != 0;
            String text = "is ".repeat(i % 7) + (sun ? "sun" : "rain");
            rows.append(tokens ? text.replace(" ", " O\n") + " " : text + ",")
                    .append(sun ? one : other)
                    .append(tokens ? "\n\n" : "\n");
        }
        Path table = Files.writeString(parent.resolve(task + (tokens ? ".conll" : ".csv")), rows);
        Path out = parent.resolve(task);
        String line = "finetune --task {} --model {} --train {} --folds 2 --epochs 2 --batch 4 --out {}";
        CommandLineRun done = CommandLineRun.line(line, task, Samples.model("bert"), table, out);
        assertEquals(0, done.code(), done.err());
        JsonNode result = metrics(out).get("results").get(0);
        assertEquals(2, result.get("folds").size());
        assertEquals(
                24,
                result.get("folds").get(0).get("rows").intValue()
                        + result.get("folds").get(1).get("rows").intValue());
        assertTrue(result.get("metrics").has(metric), result.get("metrics").toString());
        assertTrue(Files.exists(out.resolve("lsr-1/adapter_config.json")));
        done.says("mean of 2 folds");
    }

    @ParameterizedTest
    @CsvSource({
        "--budget 3, found no --tune",
        "--tune --budget 3h, 'expected a number of trainings, such as 6, or of minutes'",
        "--tune --budget 0, expected a number of trainings",
        "--folds 1, 'folds: 1, expected a number from 2 to 100'",
        "--folds 3 --patience 2, 'expected no --hold-out, --patience'",
        "--folds 3 --hold-out 0.2, 'expected no --hold-out, --patience'",
        "--abstain 1.5, 'precision 1.5, expected one above 0 and below 1'",
        "--folds 3 --dev {}, has evaluation data",
    })
    void options_thatDoNotFit_areRefused(String options, String complaint) {
        Path out = parent.resolve("refused");
        run(options.replace("{}", train.toString()) + " --out {}", out).refused(complaint);
        assertFalse(Files.exists(out), "nothing is written");
    }

    @Test
    void tasks_thatCannot_refuse() throws IOException {
        Path texts = Files.writeString(parent.resolve("texts.txt"), "the sun is warm\n\n".repeat(20));
        String line = "finetune --task text --model {} --train {} --out {} ";
        for (String option : List.of("--folds 3", "--tune", "--abstain 0.9")) {
            assertRefused(
                    option.split(" ")[0].substring(2) + ": ",
                    line + option,
                    Samples.model("llama"),
                    texts,
                    parent.resolve("text"));
        }
    }
}
