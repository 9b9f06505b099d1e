package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.adapters.AdapterFolder;
import org.lsradapt.adapters.SavedAdapter;
import org.lsradapt.finetuning.Samples;
import org.lsradapt.lsr.JavaProcess;

/** Labels of words from a file of columns to a saved adapter, and what commands do with that, on a small random model. */
class TokensCommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TEXT = "\ud83d\ude00 and the warm sun, a rain.";

    @TempDir
    static Path parent;

    private static Path train;
    private static Path dev;
    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        train = sentences("train.conll", 60, 1);
        dev = sentences("dev.conll", 20, 2);
        run = parent.resolve("run");
        trained = succeed(
                "finetune --task tokens --model {} --train {} --dev {} --methods frozen,lsr --epochs 25 "
                        + "--lr 0.01 --out {}",
                Samples.model("bert"),
                train,
                dev,
                run);
    }

    /** Sentences of words of the small vocabulary, in IOBES. */
    private static Path sentences(String name, int count, int seed) throws IOException {
        Random random = new Random(seed);
        String[] parts = {
            "the O",
            "and O",
            "smile S-SUN",
            "is O",
            "warm B-SUN;sun E-SUN",
            "rain S-RAIN",
            ", O",
            "a O",
            ". O",
            "\ud83d\ude00 O"
        };
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            for (int k = 0; k < 7; k++) {
                for (String row : parts[random.nextInt(parts.length)].split(";")) {
                    text.append(row.replace(" ", " X ")).append('\n');
                }
            }
            text.append('\n');
        }
        return Files.writeString(parent.resolve(name), text);
    }

    private static Path adapter() {
        return run.resolve("lsr-1");
    }

    private static List<String> found(String line) throws IOException {
        List<String> spans = new ArrayList<>();
        for (JsonNode span : JSON.readTree(line).get("spans")) {
            assertTrue(span.get("score").doubleValue() > 0.4, line);
            spans.add(span.get("label").textValue() + " " + span.get("start") + "-" + span.get("end") + " "
                    + span.get("text").textValue());
        }
        return spans;
    }

    @Test
    void finetune_printsScoresOfEachLabel_andWritesThem() throws IOException {
        trained.says("are IOBES; read as IOB2", "word list");
        List<String> labels = trained.lines().stream()
                .filter(line -> line.startsWith("lsr ") && line.matches("lsr +(SUN|RAIN|all) .*"))
                .toList();
        assertEquals(3, labels.size(), trained.out());
        String report = Files.readString(run.resolve("report.md"));
        assertTrue(report.contains("## Scores by label"), report);
        assertTrue(report.lines().skip(2).findFirst().orElseThrow().matches("(lsr|frozen): \\d.* f1 on .*"), report);
        JsonNode metrics = JSON.readTree(run.resolve("metrics.json").toFile());
        JsonNode lsr = metrics.get("results").get(1);
        assertEquals("f1", metrics.get("primary_metric").textValue());
        assertTrue(lsr.get("metrics").get("f1").doubleValue() > 0.9, metrics::toString);
        assertTrue(lsr.get("labels").get("RAIN").get("support").intValue() > 5);
    }

    /** Adapters of words' labels, trained further for labels of texts. */
    @Test
    void finetune_fromAnotherTasksAdapter() throws IOException {
        Path texts = parent.resolve("texts.csv");
        Files.writeString(
                texts,
                "text,label\n"
                        + Samples.weather(24).stream()
                                .map(text -> text.text() + "," + text.label() + "\n")
                                .collect(Collectors.joining()));
        Path further = parent.resolve("further");
        String command = "finetune --task classify --model {} --train {} --from {} --epochs 1 --lr 1e-30"
                + " --weight-decay 0 --out {}";
        succeed(command, Samples.model("bert"), texts, adapter(), further);
        try (SavedAdapter expected = AdapterFolder.load(adapter());
                SavedAdapter actual = AdapterFolder.load(further.resolve("lsr-1"))) {
            assertEquals(expected.layerNames(), actual.layerNames());
            String layer = expected.layerNames().get(0);
            assertEquals(expected.config(layer), actual.config(layer));
            assertEquals(expected.arrays(layer), actual.arrays(layer));
            assertEquals(
                    List.of("cold", "warm"), actual.card().orElseThrow().task().labels());
        }
        assertTrue(Files.readString(further.resolve("report.md"))
                .contains(adapter().toString()));

        assertRefused(
                "found --r too, expected none of them",
                command + " --r 2",
                Samples.model("bert"),
                texts,
                adapter(),
                parent.resolve("refused"));
    }

    @Test
    void predict_printsSpansWithPlaces() throws IOException {
        String points =
                succeed("predict --adapter {} {}", adapter(), TEXT).lines().get(0);
        assertEquals(TEXT, JSON.readTree(points).get("text").textValue());
        assertEquals(List.of("SUN 10-18 warm sun", "RAIN 22-26 rain"), found(points));
        String units = succeed("predict --adapter {} --offsets utf-16 {}", adapter(), TEXT)
                .lines()
                .get(0);
        assertEquals(List.of("SUN 11-19 warm sun", "RAIN 23-27 rain"), found(units));
    }

    /** The scores on a file are those that the training had on it. */
    @Test
    void predict_ofAFile_printsTagsAndScores() throws IOException {
        CommandLineRun compared = CommandLineRun.line("predict --adapter {} --data {}", adapter(), dev);
        assertEquals(20, compared.lines().size());
        JsonNode first = JSON.readTree(compared.lines().get(0));
        assertEquals(first.get("tokens").size(), first.get("tags").size());
        String all = compared.err()
                .lines()
                .filter(line -> line.startsWith("all "))
                .findFirst()
                .orElseThrow();
        assertTrue(
                trained.out().replaceAll(" +", " ").contains("lsr " + all.replaceAll(" +", " ")),
                () -> all + " of " + trained.out());
    }

    @Test
    void newProcess_givesTheSame() throws Exception {
        Path output = parent.resolve("process.txt");
        List<String> command = JavaProcess.command(Main.class);
        command.addAll(List.of("predict", "--adapter", adapter().toString(), TEXT));
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue());
        assertEquals(
                List.of("SUN 10-18 warm sun", "RAIN 22-26 rain"),
                found(Files.readString(output)
                        .lines()
                        .filter(line -> line.startsWith("{"))
                        .findFirst()
                        .orElseThrow()));
    }

    @Test
    void merged_exportedAndImported_giveTheSame() throws IOException {
        Path merged = parent.resolve("merged");
        String said = succeed("merge --adapter {} --out {}", adapter(), merged).out();
        assertTrue(said.contains("5 classes of words"), said);
        JsonNode config = JSON.readTree(merged.resolve("config.json").toFile());
        assertEquals(
                "BertForTokenClassification", config.get("architectures").get(0).textValue());
        assertEquals("B-RAIN", config.get("id2label").get("1").textValue());
        assertFalse(config.has("problem_type"));
        Path peft = parent.resolve("peft");
        succeed("export --adapter {} --out {}", adapter(), peft);
        JsonNode lora = JSON.readTree(peft.resolve("adapter_config.json").toFile());
        assertEquals("TOKEN_CLS", lora.get("task_type").textValue());
        assertEquals("[\"classifier\"]", lora.get("modules_to_save").toString());
        Path imported = parent.resolve("imported");
        succeed(
                "import --from {} --model {} --labels O,B-RAIN,I-RAIN,B-SUN,I-SUN --max-length 20 --out " + "{}",
                peft,
                Samples.model("bert"),
                imported);
        List<String> expected = List.of("SUN 10-18 warm sun", "RAIN 22-26 rain");
        assertEquals(
                expected,
                found(succeed("predict --model {} {}", merged, TEXT).lines().get(0)));
        assertEquals(
                expected,
                found(succeed("predict --adapter {} {}", imported, TEXT).lines().get(0)));
    }

    @Test
    void quantized_isMeasuredOnAFile() {
        Path smaller = parent.resolve("int8");
        String out = succeed("quantize --adapter {} --to int8 --dev {} --out {}", adapter(), dev, smaller)
                .out();
        assertTrue(out.contains("f1"), out);
        assertTrue(CommandLineRun.line("inspect --adapter {}", adapter())
                .out()
                .contains("tokens, 5 classes of words, at most 32 tokens"));
    }

    /** How words become tokens is learned with, kept and shown. */
    @Test
    void separateWords_areKeptByTheAdapter() {
        Path out = parent.resolve("separate");
        succeed(
                "finetune --task tokens --words separate --model {} --train {} --dev {} --methods frozen "
                        + "--epochs 2 --out {}",
                Samples.model("modernbert"),
                train,
                dev,
                out);
        String shown = succeed("inspect --adapter {}", out.resolve("frozen-1")).out();
        assertTrue(shown.contains("5 classes of words, each tokenized by itself, at most"), shown);
    }

    @Test
    void whatDoesNotFit_isRefusedByItsName() {
        assertRefused(
                "unknown words 'apart', expected one of joined, separate",
                "finetune --task tokens --words apart --train {}",
                train);
        assertRefused(
                "--task classify: found --words, expected it with tokens",
                "finetune --task classify --words separate --train {}",
                train);
        assertRefused(
                "--task classify: found --tag-column, expected it with tokens",
                "finetune --task classify --train {} --tag-column 2",
                train);
        assertRefused(
                "--format csv: words with tags are read from CoNLL columns, which need no --format, or from"
                        + " json-lines",
                "finetune --task tokens --train {} --format csv",
                train);
        assertRefused(
                train + ": fields of JSON lines were given, and this is a file of columns, expected their numbers",
                "finetune --task tokens --train {} --text tokens",
                train);
        assertRefused(
                "--probabilities: the model finds spans, expected a classifier of texts or images",
                "predict --adapter {} --probabilities {}",
                adapter(),
                TEXT);
        assertRefused(
                adapter() + ": assigns labels to words, expected no --separator",
                "predict --adapter {} --separator ; --data {}",
                adapter(),
                train);
        assertRefused(
                "found --tag-column without --data FILE, expected both",
                "predict --adapter {} --tag-column 2 {}",
                adapter(),
                TEXT);
        assertRefused(
                adapter() + ": assigns labels to words, which cannot be averaged, expected one --adapter",
                "predict --adapter {} --adapter {} {}",
                adapter(),
                adapter(),
                TEXT);
        assertRefused(
                "offsets 'bytes', expected one of code-points, utf-16",
                "predict --adapter {} --offsets bytes {}",
                adapter(),
                TEXT);
        assertRefused(
                "class weights: the training of task tokens has none, expected a classification by a head",
                "finetune --task tokens --model {} --train {} --class-weights balanced --out {}",
                Samples.model("bert"),
                train,
                parent.resolve("none"));
    }
}
