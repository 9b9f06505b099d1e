package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.JavaProcess;

/** Several labels a text from a table to a saved adapter, and what commands do with that, on a small random model. */
class LabelsCommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> LABELS = List.of("rain", "smile", "sun");
    /** A text that is like those of the evaluation data. */
    private static final String TEXT = text(51);

    @TempDir
    static Path parent;

    private static Path train;
    private static Path dev;
    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        train = table("train.csv", 0, 48);
        dev = table("dev.csv", 48, 64);
        run = parent.resolve("run");
        trained = succeed(
                "finetune --task labels --model {} --train {} --dev {} --separator | --label topics "
                        + "--methods frozen,lsr --epochs 40 --lr 0.01 --out {}",
                Samples.model("bert"),
                train,
                dev,
                run);
    }

    private static List<String> labels(int i) {
        return IntStream.range(0, 3)
                .filter(c -> (i >> c) % 2 == 1)
                .mapToObj(LABELS::get)
                .toList();
    }

    private static String text(int i) {
        return "the " + String.join(" and the ", labels(i)) + " is a" + " .".repeat(1 + i / 8);
    }

    private static Path table(String name, int from, int to) throws IOException {
        StringBuilder rows = new StringBuilder("text,topics\n");
        for (int i = from; i < to; i++) {
            rows.append(text(i)).append(',').append(String.join("|", labels(i))).append('\n');
        }
        return Files.writeString(parent.resolve(name), rows);
    }

    private static String adapter() {
        return run.resolve("lsr-1").toString();
    }

    @Test
    void finetune_printsScoresOfEachLabel_andWritesThem() throws IOException {
        trained.says("every label");
        assertEquals(
                4,
                trained.lines().stream()
                        .filter(line -> line.matches("lsr +(rain|smile|sun|all) .*"))
                        .count(),
                trained.out());
        String report = Files.readString(run.resolve("report.md"));
        assertTrue(
                report.contains("lsr: A label is found where its probability reaches its threshold: rain 0."), report);
        JsonNode metrics = JSON.readTree(run.resolve("metrics.json").toFile());
        assertEquals("f1_macro", metrics.get("primary_metric").textValue());
        JsonNode lsr = metrics.get("results").get(1);
        assertTrue(lsr.get("metrics").get("f1_micro").doubleValue() > 0.9, metrics::toString);
        assertEquals(8, lsr.get("labels").get("rain").get("support").intValue());
    }

    @Test
    void predict_printsLabelsAndProbabilities() throws IOException {
        String plain = predicted("--adapter {} {}", adapter(), TEXT);
        List<String> cells = Arrays.asList(plain.split("\t"));
        assertEquals(4, cells.size(), plain);
        assertEquals(
                List.of("rain", "smile"),
                List.of(cells.get(0), cells.get(2)).stream().sorted().toList());
        assertEquals(
                6, predicted("--adapter {} --probabilities {}", adapter(), TEXT).split("\t").length);
        JsonNode json = JSON.readTree(predicted("--adapter {} --json {}", adapter(), TEXT));
        assertEquals(TEXT, json.get("text").textValue());
        assertEquals(2, json.get("labels").size());
        assertEquals(2, json.get("probabilities").size());
    }

    private static String predicted(String options, Object... values) {
        return succeed("predict " + options, values).lines().get(0);
    }

    /** The scores on a file are those that the training had on it, also where it has a column for each label. */
    @Test
    void predict_ofATable_printsScores() throws IOException {
        StringBuilder rows = new StringBuilder("text,sun,rain,smile\n");
        for (int i = 48; i < 64; i++) {
            List<String> labels = labels(i);
            rows.append(text(i));
            List.of("sun", "rain", "smile").forEach(label -> rows.append(labels.contains(label) ? ",1" : ",0"));
            rows.append('\n');
        }
        Path columns = Files.writeString(parent.resolve("columns.csv"), rows);
        CommandLineRun one =
                CommandLineRun.line("predict --adapter {} --data {} --label topics --separator |", adapter(), dev);
        CommandLineRun each = CommandLineRun.line(
                "predict --adapter {} --data {} --label-columns sun,rain,smile", adapter(), columns);
        assertEquals(16, one.lines().size());
        assertEquals(one.err(), each.err());
        String all = one.err()
                .lines()
                .filter(line -> line.startsWith("all "))
                .findFirst()
                .orElseThrow();
        assertTrue(
                trained.out().replaceAll(" +", " ").contains("lsr " + all.replaceAll(" +", " ")),
                () -> all + " of " + trained.out());
        assertTrue(one.err().contains("f1_macro "), one::err);
    }

    @Test
    void newProcess_givesTheSame() throws Exception {
        Path output = parent.resolve("process.txt");
        List<String> command = JavaProcess.command(Main.class);
        command.addAll(List.of("predict", "--adapter", adapter(), TEXT));
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue());
        assertTrue(Files.readString(output).contains(predicted("--adapter {} {}", adapter(), TEXT)));
    }

    @Test
    void merged_exportedAndImported_giveTheSame() throws IOException {
        Path merged = parent.resolve("merged");
        assertTrue(succeed("merge --adapter {} --out {}", adapter(), merged)
                .out()
                .contains("3 labels, any number of them"));
        JsonNode config = JSON.readTree(merged.resolve("config.json").toFile());
        assertEquals("multi_label_classification", config.get("problem_type").textValue());
        assertEquals("smile", config.get("id2label").get("1").textValue());
        Path peft = parent.resolve("peft");
        succeed("export --adapter {} --out {}", adapter(), peft);
        assertEquals(
                "SEQ_CLS",
                JSON.readTree(peft.resolve("adapter_config.json").toFile())
                        .get("task_type")
                        .textValue());
        Path imported = parent.resolve("imported");
        List<String> thresholds = new ArrayList<>();
        config.get("label_thresholds").forEach(threshold -> thresholds.add(threshold.asText()));
        succeed(
                "import --from {} --model {} --multi-label --labels rain,smile,sun --thresholds {} "
                        + "--max-length 19 --out {}",
                peft,
                Samples.model("bert"),
                String.join(",", thresholds),
                imported);
        String expected = predicted("--adapter {} {}", adapter(), TEXT);
        assertEquals(expected, predicted("--model {} {}", merged, TEXT));
        assertEquals(expected, predicted("--adapter {} {}", imported, TEXT));
        assertTrue(CommandLineRun.line("inspect --adapter {}", imported)
                .out()
                .contains("labels, 3 labels, any number of them (rain from 0."));
    }

    @Test
    void quantized_isMeasuredOnATable() {
        String out = succeed(
                        "quantize --adapter {} --to int8 --dev {} --label topics --separator | --out {}",
                        adapter(),
                        dev,
                        parent.resolve("int8"))
                .out();
        assertTrue(out.contains("f1_macro"), out);
    }

    @Test
    void balancedLabels_andHeldOutRows_train() throws IOException {
        Path out = parent.resolve("balanced");
        succeed(
                "finetune --task labels --model {} --train {} --separator | --label topics "
                        + "--class-weights balanced --hold-out 0.25 --examples 30 --epochs 2 --out {}",
                Samples.model("bert"),
                train,
                out);
        JsonNode result = JSON.readTree(out.resolve("metrics.json").toFile())
                .get("results")
                .get(0);
        assertTrue(result.has("held_out_metrics"));
    }

    @Test
    void whatDoesNotFit_isRefusedByItsName() {
        assertRefused(
                "--task classify: found --label-columns, expected it with labels",
                "finetune --task classify --train {} --label-columns a,b",
                train);
        assertRefused(
                "--label-columns a,b: found --separator as well, expected one or the other",
                "finetune --task labels --train {} --separator ; --label-columns a,b",
                train);
        assertRefused(
                "labels a: expected at least two different ones",
                "finetune --task labels --train {} --label-columns a",
                train);
        assertRefused(
                adapter() + ": assigns several labels, which cannot be averaged, expected one --adapter",
                "predict --adapter {} --adapter {} {}",
                adapter(),
                adapter(),
                TEXT);
        assertRefused(
                "label smoothing: task labels is not learned by the cross-entropy of classes or tokens",
                "finetune --task labels --model {} --train {} --label topics --separator | --label-smoothing 0.1 --out {}",
                Samples.model("bert"),
                train,
                parent.resolve("none"));
        assertRefused(
                "--thresholds: expected with --multi-label, and only there",
                "import --from {} --model minilm --thresholds 0.5 --out {}",
                adapter(),
                parent.resolve("none"));
    }
}
