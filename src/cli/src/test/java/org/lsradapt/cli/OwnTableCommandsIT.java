package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.lsradapt.io.internal.JsonFile;

/** Tables in several formats, long texts, numbers for labels, and edits of an adapter measured on its own data. */
class OwnTableCommandsIT extends OwnDataCommands {

    @Test
    void longTexts_areCut_whichRunReportAndPredictionSay() throws Exception {
        Path train = write("train.csv", "label,text", 60, false);
        Path dev = write("dev.csv", "label,text", 20, false);
        CommandLineRun run = finetune(
                "bert",
                "--task classify --train {} --dev {} --epochs 1 --max-length 8 --methods frozen,lsr",
                train,
                dev);
        String warning =
                "inputs of more than 8 tokens, the maximal length, that were cut: 50 of 80, with 27.4 % of all tokens";
        assertEquals(1, run.out().split("warning: " + warning, -1).length - 1, run.out());
        String report = Files.readString(parent.resolve("run/report.md"));
        assertTrue(report.contains("**Warning:** " + warning), report);
        String length = "inputs are read up to 8 tokens";
        run.says("\n" + length + "\n");
        assertTrue(report.contains("- " + length + "\n"), report);
        String page = Files.readString(parent.resolve("run/report.html"));
        assertTrue(page.contains(warning), page);
        CommandLineRun predicted =
                CommandLineRun.line("predict --adapter {} --data {} --label label", adapter("lsr-1"), dev);
        assertEquals(0, predicted.code(), predicted.err());
        assertTrue(predicted.err().contains("that were cut: 5 of 20, with "), predicted.err());
        CommandLineRun fits = CommandLineRun.line("predict --adapter {} {}", adapter("lsr-1"), "the sun");
        assertEquals("", fits.err());
    }

    @Test
    void longTexts_setTheLengthUnlessItIsGiven() throws Exception {
        StringBuilder rows = new StringBuilder("label,text\n");
        for (int i = 0; i < 60; i++) {
            rows.append(i % 2 == 0 ? "warm" : "cold").append(",");
            rows.append((i % 2 == 0 ? "sun " : "rain ").repeat(i < 2 ? 300 : 140))
                    .append(i)
                    .append('\n');
        }
        Path train = write("train.csv", rows.toString());
        for (String length : List.of("160", "96")) {
            CommandLineRun run = succeed(
                    "finetune --task classify --train {} --out {} --methods frozen --epochs 1"
                            + (length.equals("96") ? " --max-length 96" : ""),
                    train,
                    parent.resolve(length));
            run.says("inputs of more than " + length + " tokens");
            JsonNode settings = JsonFile.readObject(parent.resolve(length).resolve("metrics.json"))
                    .at("/settings/training");
            assertEquals(length, settings.get("max length").asText());
            assertEquals(
                    length,
                    JsonFile.readObject(parent.resolve(length + "/frozen-1/adapter_config.json"))
                            .get("max_length")
                            .asText());
        }
    }

    @Test
    void tables_areReadInTheFormatThatIsNamed() throws Exception {
        StringBuilder rows = new StringBuilder("label;text\n");
        for (int i = 0; i < 20; i++) {
            rows.append(i % 2 == 0 ? "warm;\"the sun; warm " : "cold;\"the rain, cold ")
                    .append(i)
                    .append("\"\n");
        }
        Path train = write("train.dat", rows.toString());
        assertRefused(
                "or a format that is named: csv, csv-semicolon, tsv,",
                "finetune --model {} --task classify --train {} --out {}",
                model("bert"),
                train,
                adapter("none"));
        finetune("bert", "--task classify --train {} --epochs 1 --format csv-semicolon", train);
        CommandLineRun predicted =
                CommandLineRun.line("predict --adapter {} --data {} --format csv-semicolon", adapter("lsr-1"), train);
        assertEquals(20, predicted.lines().size());
        assertTrue(predicted.err().startsWith("f1 "), predicted.err());
        assertRefused(
                "format 'semicolons', expected one of csv, csv-semicolon, tsv, tsv-unquoted, json-lines",
                "predict --adapter {} --data {} --format semicolons",
                adapter("lsr-1"),
                train);
        assertRefused(
                "found --format without --data FILE, expected both",
                "predict --adapter {} --format csv {}",
                adapter("lsr-1"),
                "the sun");
        assertRefused("--format: found no --task, expected --task with it: classify, ", "finetune --format csv");
        assertRefused("by its header the file is csv-semicolon", "finetune --task text --train {} --format csv", train);
    }

    /** A copy of an adapter as it was saved before adapters remembered columns. */
    private String withoutColumns(String adapter) throws Exception {
        Path copy = Files.createDirectory(parent.resolve("copy"));
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            Files.copy(Path.of(adapter, name), copy.resolve(name));
        }
        return copy.toString();
    }

    /** The table's first row is the adapter as it was trained, on the data that its run was measured on. */
    @Test
    void reduceQuantizeAndConvert_measureBeforeAndAfter() throws Exception {
        Path train = write("train.csv", "opinion,review", 60, false);
        Path dev = write("dev.csv", "opinion,review", 20, false);
        finetune(
                "bert",
                "--task classify --train {} --dev {} --text review --label opinion --methods lora:2,lsr:2 --epochs 2",
                train,
                dev);
        assertMeasured("reduce --s 1", "lsr-r2-1", dev, "/results/1/metrics");
        assertMeasured("quantize --to int4", "lsr-r2-1", dev, "/results/1/metrics");
        assertMeasured("convert --s 2", "lora-r2-1", dev, "/results/0/metrics");
        String lsr = adapter("lsr-r2-1");
        assertEquals(
                succeed("reduce --s 1 --adapter {} --dev {} --text review --label opinion", lsr, dev)
                        .out(),
                succeed("reduce --s 1 --adapter {} --dev {}", lsr, dev).out());
        assertReadInOtherEncodings(lsr, dev);
        CommandLineRun predicted = CommandLineRun.line("predict --adapter {} --data {}", lsr, dev);
        assertTrue(predicted.err().isEmpty(), predicted.err());
        assertEquals(20, predicted.lines().size());
        Path usual = write("usual.csv", Files.readString(dev).replace("opinion,review", "label,text"));
        CommandLineRun compared = CommandLineRun.line("predict --adapter {} --data {}", lsr, usual);
        assertEquals(predicted.out(), compared.out());
        assertTrue(compared.err().startsWith("f1 "), compared.err());
        Path reduced = parent.resolve("reduced");
        succeed("reduce --s 1 --adapter {} --out {}", lsr, reduced);
        assertEquals(
                20,
                CommandLineRun.line("predict --adapter {} --data {}", reduced.resolve("s1"), dev)
                        .lines()
                        .size());
        assertRefused(
                dev + ": there is no column \"label\", which should hold the labels; --label names another column",
                "reduce --adapter {} --dev {} --text review",
                withoutColumns(lsr),
                dev);
        Path pairs = write("pairs.csv", "first,second,label\nthe sun,is,warm\n");
        assertRefused(
                pairs
                        + ": found pairs of texts, the adapter's task classification has single texts; expected --text COLUMN",
                "reduce --adapter {} --dev {} --text first,second",
                lsr,
                pairs);
        assertRefused(
                "--text, --label, --format, --encoding and the options of tokens and labels describe a file; expected --dev FILE with them",
                "reduce --adapter {} --text review",
                lsr);
        assertRefused(
                "--data " + dev + " and --dev " + dev + ": expected one of them",
                "reduce --adapter {} --dev {} --data {}",
                lsr,
                dev,
                dev);
        assertRefused(
                "line 2: unknown label \"hot\"",
                "quantize --adapter {} --dev {}",
                lsr,
                write("other.csv", "text,label\nthe sun,hot\n"));
    }

    /** The columns that the adapter remembers are found in the table's first line, whatever its encoding. */
    private void assertReadInOtherEncodings(String adapter, Path dev) throws Exception {
        Path wide = Files.writeString(parent.resolve("wide.csv"), Files.readString(dev), StandardCharsets.UTF_16);
        assertEquals(
                succeed("reduce --s 1 --adapter {} --dev {}", adapter, dev).out(),
                succeed("reduce --s 1 --adapter {} --dev {} --encoding UTF-16", adapter, wide)
                        .out());
        assertEquals(
                succeed("predict --adapter {} --data {}", adapter, dev).out(),
                succeed("predict --adapter {} --data {} --encoding UTF-16", adapter, wide)
                        .out());
    }

    private void assertMeasured(String command, String name, Path dev, String metrics) throws Exception {
        List<String> lines = succeed(
                        command + " --adapter {} --dev {} --text review --label opinion", adapter(name), dev)
                .lines();
        assertTrue(lines.get(0).endsWith("      f1  accuracy  matthews"), lines.toString());
        JsonNode trained = metrics().at(metrics);
        assertTrue(
                lines.get(1)
                        .endsWith(String.format(
                                Locale.ROOT,
                                "  %.4f    %.4f    %.4f",
                                trained.get("f1").doubleValue(),
                                trained.get("accuracy").doubleValue(),
                                trained.get("matthews").doubleValue())),
                lines + " of " + trained);
        assertTrue(lines.get(2).matches(".*  -?[01]\\.\\d{4} +-?[01]\\.\\d{4} +-?[01]\\.\\d{4}"), lines.toString());
        assertEquals(3, lines.size(), "there is nothing to say about missing metrics");
    }

    @Test
    void regress_predictsNumbers() throws Exception {
        Path train = write("train.csv", "degrees,text", 60, true);
        assertRefused(
                "has none, expected a classification by a head",
                "finetune --model {} --task regress --train {} --label degrees --class-weights balanced --out {}",
                model("bert"),
                train,
                train.resolveSibling("weighted"));
        finetune("bert", "--task regress --train {} --label degrees --epochs 8", train);
        assertTrue(
                metrics().at("/results/0/metrics/pearson").doubleValue() > 0.8,
                metrics().toString());
        CommandLineRun predicted =
                succeed("predict --adapter {} {} {}", adapter("lsr-1"), "the sun, warm", "the rain, cold");
        List<Double> values =
                predicted.lines().stream().map(Double::parseDouble).toList();
        assertTrue(values.get(0) > values.get(1) + 0.5, predicted.out());
        CommandLineRun json = succeed("predict --adapter {} --json {}", adapter("lsr-1"), "the sun, warm");
        JsonNode line = new ObjectMapper().readTree(json.out());
        assertEquals(List.of("text", "value"), names(line));
        assertEquals(values.get(0), line.get("value").doubleValue(), 5.1e-5);
        assertRefused(
                "--probabilities: the model predicts numbers, expected a classifier",
                "predict --adapter {} --probabilities {}",
                adapter("lsr-1"),
                "the sun");
    }
}
