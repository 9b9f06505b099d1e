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
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.lsr.JavaProcess;

/** Ordered classes from a table to a saved adapter, and what commands do with that, on a small random model. */
class OrdinalCommandsIT {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> GRADES = List.of("poor", "fair", "good");
    private static final List<String> TEXTS = List.of("w1 w1", "w1 w2", "w2 w2");

    @TempDir
    static Path parent;

    private static Path train;
    private static Path dev;
    private static Path run;
    private static CommandLineRun trained;

    @BeforeAll
    static void finetune() throws IOException {
        train = table("train.csv", 0, 48);
        dev = table("dev.csv", 48, 60);
        run = parent.resolve("run");
        trained = succeed(
                "finetune --task ordinal --order poor,fair,good --text review --label grade --methods lsr"
                        + " --max-length 12 --epochs 40 --lr 0.02 --model {} --train {} --dev {} --out {}",
                modelWithOnnx(),
                train,
                dev,
                run);
    }

    private static Path modelWithOnnx() throws IOException {
        Path golden = Path.of("src/transformers/src/test/resources/golden");
        Path model = Files.createDirectory(parent.resolve("base"));
        for (String file : List.of("config.json", "vocab.txt", "model.safetensors")) {
            Files.copy(golden.resolve("interop/peft/base").resolve(file), model.resolve(file));
        }
        return Files.copy(golden.resolve("onnx/bert.onnx"), model.resolve("model.onnx"))
                .getParent();
    }

    private static Path table(String name, int from, int to) throws IOException {
        StringBuilder rows = new StringBuilder("review,grade,user\n");
        for (int i = from; i < to; i++) {
            rows.append(TEXTS.get(i % 3)).append(" w3".repeat(i / 3 % 4)).append(" w4".repeat(i / 12));
            rows.append(',')
                    .append(GRADES.get(i % 3))
                    .append(",u")
                    .append(i % 2)
                    .append('\n');
        }
        return Files.writeString(parent.resolve(name), rows);
    }

    private static Path adapter() {
        return run.resolve("lsr-1");
    }

    private static List<String> predicted(String options, Object... values) {
        return succeed("predict " + options, values).lines();
    }

    private static List<String> answers(String option, Path model) {
        return predicted(option + " {} {} {} {}", model, TEXTS.get(0), TEXTS.get(1), TEXTS.get(2));
    }

    private static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    @Test
    void finetune_measuresKappaErrorAndAccuracy_andWritesReports() throws IOException {
        trained.says("majority class");
        JsonNode metrics = json(run.resolve("metrics.json"));
        assertEquals("quadratic_kappa", metrics.get("primary_metric").textValue());
        JsonNode lsr = metrics.get("results").get(0).get("metrics");
        assertTrue(lsr.get("quadratic_kappa").doubleValue() > 0.8, metrics::toString);
        assertTrue(lsr.has("mae") && lsr.has("accuracy"), metrics::toString);
        assertTrue(Files.readString(run.resolve("report.html")).contains("quadratic_kappa"));
        assertTrue(Files.readString(run.resolve("report.md")).contains("OrdinalClassifier.load(Path.of(\"lsr-1\"))"));
    }

    @Test
    void predict_printsClassAndProbability() throws IOException {
        List<String> lines = answers("--adapter", adapter());
        for (int i = 0; i < 3; i++) {
            assertEquals(GRADES.get(i), lines.get(i).split("\t")[0], lines::toString);
        }
        JsonNode json = JSON.readTree(predicted("--adapter {} --json --probabilities {}", adapter(), "w2 w2")
                .get(0));
        assertEquals("good", json.get("label").textValue());
        assertEquals(json.get("probability"), json.get("probabilities").get("good"));
        double sum = 0;
        for (JsonNode probability : json.get("probabilities")) {
            sum += probability.doubleValue();
        }
        assertEquals(1, sum, 1e-12);
        assertEquals(
                lines.get(1),
                predicted("--adapter {} --adapter {} {}", adapter(), adapter(), TEXTS.get(1))
                        .get(0));
    }

    /** The metrics on a file are those that the training had on it. */
    @Test
    void predictAndQuantize_measureATable() throws IOException {
        JsonNode expected =
                json(run.resolve("metrics.json")).get("results").get(0).get("metrics");
        String line = String.format(
                Locale.ROOT,
                "quadratic_kappa %.4f  mae %.4f  accuracy %.4f",
                expected.get("quadratic_kappa").doubleValue(),
                expected.get("mae").doubleValue(),
                expected.get("accuracy").doubleValue());
        CommandLineRun measured =
                CommandLineRun.line("predict --text review --label grade --adapter {} --data {}", adapter(), dev);
        assertEquals(12, measured.lines().size());
        assertTrue(measured.err().contains(line), measured::err);
        String quantized = succeed(
                        "quantize --to int8 --text review --label grade --adapter {} --dev {} --out {}",
                        adapter(),
                        dev,
                        parent.resolve("int8"))
                .out();
        assertTrue(quantized.contains("quadratic_kappa"), quantized);
    }

    @Test
    void newProcess_givesTheSame() throws Exception {
        Path output = parent.resolve("process.txt");
        List<String> command = JavaProcess.command(Main.class);
        command.addAll(List.of("predict", "--adapter", adapter().toString(), "w1 w2"));
        Process process = new ProcessBuilder(command)
                .redirectOutput(output.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertTrue(process.waitFor(2, TimeUnit.MINUTES));
        assertEquals(0, process.exitValue());
        assertTrue(Files.readString(output)
                .contains(answers("--adapter", adapter()).get(1)));
    }

    @Test
    void merged_givesTheSame_andOnnxHasTheThresholdsBesideIt() throws IOException {
        Path merged = parent.resolve("merged");
        String out = succeed("merge --adapter {} --out {}", adapter(), merged).out();
        assertTrue(out.contains("3 ordered classes, from poor to good"), out);
        assertEquals(answers("--adapter", adapter()), answers("--model", merged));
        Path onnx = parent.resolve("onnx");
        succeed("merge --format onnx --adapter {} --out {}", adapter(), onnx);
        JsonNode thresholds =
                json(adapter().resolve("adapter_config.json")).get("task").get("thresholds");
        assertEquals(2, thresholds.size());
        for (Path folder : List.of(merged, onnx)) {
            JsonNode config = json(folder.resolve("config.json"));
            assertEquals(1, config.get("num_labels").intValue());
            assertEquals(thresholds, config.get("ordinal_thresholds"));
            assertEquals("fair", config.get("ordinal_labels").get(1).textValue());
        }
    }

    @Test
    void exported_hasOneOutput_andThresholdsInItsCard() throws IOException {
        Path peft = parent.resolve("peft");
        succeed("export --adapter {} --out {}", adapter(), peft);
        JsonNode config = json(peft.resolve("adapter_config.json"));
        assertEquals("SEQ_CLS", config.get("task_type").textValue());
        String card = Files.readString(peft.resolve("README.md"));
        double first = json(adapter().resolve("adapter_config.json"))
                .get("task")
                .get("thresholds")
                .get(0)
                .doubleValue();
        assertTrue(card.contains(String.format(Locale.ROOT, "with the thresholds %.6f, ", first)), card);
        assertTrue(card.contains("num_labels=1"), card);
    }

    @Test
    void whatDoesNotFit_isRefusedByItsName() {
        String data = "finetune --task ordinal --text review --label grade --train " + train;
        assertRefused("label \"fair\" is not a number, expected numbers, or the order of all labels", data);
        assertRefused("unknown label \"fair\", expected one of poor, good", data + " --order poor,good");
        assertRefused("found --order poor, expected at least two labels, all different", data + " --order poor");
        assertRefused(
                "found --order, expected it with ordinal", "finetune --task classify --order a,b --train " + train);
        assertRefused(
                "label smoothing: task ordinal is not learned by the cross-entropy of classes",
                data
                        + " --order poor,fair,good --label-smoothing 0.1 --model " + parent.resolve("base") + " --out "
                        + parent.resolve("none"));
        assertRefused(
                "(ordinal), expected a classifier of texts with one label each",
                "finetune --per user --text review" + " --label grade --train " + train + " --from " + adapter()
                        + " --store " + parent.resolve("store"));
    }
}
