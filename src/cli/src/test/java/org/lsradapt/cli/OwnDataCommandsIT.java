package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.tasks.generation.LanguageModelData;
import org.lsradapt.tasks.generation.TextGenerator;

/** From files of one's own to a trained model and its predictions, by commands alone. */
class OwnDataCommandsIT {
    @TempDir
    Path parent;

    /** A small random model of golden/families. */
    private static String model(String family) throws URISyntaxException {
        return Path.of(OwnDataCommandsIT.class
                        .getResource("/golden/families/" + family)
                        .toURI())
                .toString();
    }

    private Path write(String name, String header, int count, boolean numbers) throws IOException {
        StringBuilder rows = new StringBuilder(header).append('\n');
        for (int i = 0; i < count; i++) {
            boolean warm = i % 3 != 0;
            String label = numbers ? (warm ? "1.5" : "-1.5") : warm ? "warm" : "\"cold, wet\"";
            rows.append(label)
                    .append(",\"")
                    .append("is ".repeat(i / 5))
                    .append("the ")
                    .append(warm ? "sun, warm" : "rain, cold")
                    .append("\"\n");
        }
        return Files.writeString(parent.resolve(name), rows);
    }

    private CommandLineRun finetune(String family, String... options) throws Exception {
        List<String> args = new ArrayList<>(List.of(
                "finetune",
                "--model",
                model(family),
                "--out",
                parent.resolve("run").toString(),
                "--batch",
                "6",
                "--lr",
                "0.01",
                "--head-lr",
                "0.03"));
        args.addAll(Arrays.asList(options));
        return CommandLineRun.of(args.toArray(new String[0])).succeeded();
    }

    private String adapter(String name) {
        return parent.resolve("run").resolve(name).toString();
    }

    private JsonNode metrics() throws IOException {
        return JsonFile.readObject(parent.resolve("run/metrics.json"));
    }

    @Test
    void calibrate_isReported_keepsLabels_andPredictUndoesIt() throws Exception {
        String train = write("train.csv", "label,text", 60, false).toString();
        List<String> rows = new ArrayList<>(Files.readAllLines(write("dev.csv", "label,text", 40, false)));
        for (int i = 1; i < rows.size(); i += 5) {
            rows.set(
                    i,
                    rows.get(i).startsWith("warm")
                            ? "\"cold, wet\"," + rows.get(i).substring(5)
                            : rows.get(i));
        }
        String dev = Files.write(parent.resolve("dev.csv"), rows).toString();
        String[] options = {"--task", "classify", "--train", train, "--dev", dev, "--epochs", "4", "--methods", "lsr"};
        CommandLineRun run = finetune(
                "bert",
                Stream.concat(Stream.of(options), Stream.of("--calibrate")).toArray(String[]::new));
        assertTrue(run.out().contains("lsr, seed 1: temperature "), run.out());
        JsonNode result = metrics().at("/results/0");
        double before =
                result.at("/calibration/expected_calibration_error_before").doubleValue();
        double after = result.at("/calibration/expected_calibration_error").doubleValue();
        assertTrue(after < before, result.toString());
        JsonNode interval = result.at("/intervals/accuracy");
        double accuracy = result.at("/metrics/accuracy").doubleValue();
        assertTrue(
                interval.get(0).doubleValue() < accuracy
                        && accuracy < interval.get(1).doubleValue(),
                run.out());
        assertTrue(run.out()
                .contains(String.format(
                        Locale.ROOT, "%.4f (%.3f–", accuracy, interval.get(0).doubleValue())));
        assertTrue(Files.readString(parent.resolve("run/report.md")).contains("## Calibration\n"));

        CommandLineRun calibrated = CommandLineRun.line("predict --adapter {} --data {}", adapter("lsr-1"), dev);
        CommandLineRun undone =
                CommandLineRun.line("predict --adapter {} --data {} --uncalibrated", adapter("lsr-1"), dev);
        assertEquals(labels(calibrated), labels(undone));
        assertNotEquals(calibrated.lines(), undone.lines());
        assertTrue(undone.err().contains(String.format(Locale.ROOT, "  accuracy %.4f (", accuracy)), undone.err());

        String numbers = write("numbers.csv", "label,text", 20, true).toString();
        CommandLineRun regression = CommandLineRun.of(
                "finetune", "--task", "regress", "--train", numbers, "--calibrate", "--out", parent + "/other");
        assertNotEquals(0, regression.code());
        assertTrue(regression.err().contains("calibration: task regression has no probabilities"), regression.err());
    }

    private static List<String> labels(CommandLineRun run) {
        assertEquals(0, run.code(), run.err());
        return run.lines().stream().map(line -> line.split("\t", -1)[0]).toList();
    }

    /** Texts grow by a word every fifth row. */
    @Test
    void longTexts_areCut_whichRunReportAndPredictionSay() throws Exception {
        String train = write("train.csv", "label,text", 60, false).toString();
        String dev = write("dev.csv", "label,text", 20, false).toString();
        CommandLineRun run = finetune(
                "bert",
                "--task",
                "classify",
                "--train",
                train,
                "--dev",
                dev,
                "--epochs",
                "1",
                "--max-length",
                "8",
                "--methods",
                "frozen,lsr");
        String warning =
                "inputs of more than 8 tokens, the maximal length, that were cut: 50 of 80, with 27.4 % of all tokens";
        assertEquals(1, run.out().split("warning: " + warning, -1).length - 1, run.out());
        String report = Files.readString(parent.resolve("run/report.md"));
        assertTrue(report.contains("**Warning:** " + warning), report);
        String length = "inputs are read up to 8 tokens";
        assertTrue(run.out().contains("\n" + length + "\n"), run.out());
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
    void longTexts_ofOwnData_setTheLengthUnlessItIsGiven() throws Exception {
        StringBuilder rows = new StringBuilder("label,text\n");
        for (int i = 0; i < 60; i++) {
            rows.append(i % 2 == 0 ? "warm" : "cold").append(",");
            rows.append((i % 2 == 0 ? "sun " : "rain ").repeat(i < 2 ? 300 : 140))
                    .append(i)
                    .append('\n');
        }
        String train = Files.writeString(parent.resolve("train.csv"), rows).toString();
        for (String length : List.of("160", "96")) {
            List<String> arguments = new ArrayList<>(List.of("finetune", "--task", "classify", "--train", train));
            arguments.addAll(
                    List.of("--out", parent.resolve(length).toString(), "--methods", "frozen", "--epochs", "1"));
            if (length.equals("96")) {
                arguments.addAll(List.of("--max-length", length));
            }
            CommandLineRun run =
                    CommandLineRun.of(arguments.toArray(new String[0])).succeeded();
            assertTrue(run.out().contains("inputs of more than " + length + " tokens"), run.out());
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
    void classify_aCsvFile_predictItsTable_andMeasure() throws Exception {
        Path train = write("train.csv", "opinion,review", 60, false);
        Path dev = write("dev.csv", "opinion,review", 20, false);
        CommandLineRun run = finetune(
                "bert",
                "--task",
                "classify",
                "--train",
                train.toString(),
                "--dev",
                dev.toString(),
                "--text",
                "review",
                "--label",
                "opinion",
                "--epochs",
                "6",
                "--patience",
                "2",
                "--class-weights",
                "balanced");
        assertTrue(
                run.out().contains("task classification: 60 training and 20 evaluation examples, 2 classes"),
                run.out());
        JsonNode result = metrics().get("results").get(0);
        assertEquals("lsr", result.get("method").textValue());
        assertEquals(
                "balanced", metrics().at("/settings/training/class weights").textValue());
        double accuracy = result.at("/metrics/accuracy").doubleValue();
        assertTrue(accuracy > 0.8, "accuracy " + accuracy);

        CommandLineRun predicted = CommandLineRun.line(
                "predict --adapter {} --data {} --text review --label opinion", adapter("lsr-1"), dev);
        assertEquals(0, predicted.code(), predicted.err());
        assertEquals(20, predicted.lines().size());
        assertTrue(
                predicted.lines().stream().allMatch(line -> line.matches("(warm|cold, wet)\t[01]\\.\\d{4}")),
                predicted.out());
        assertTrue(
                predicted.err().contains(String.format(Locale.ROOT, "  accuracy %.4f  ", accuracy)), predicted.err());

        assertProbabilities(dev, predicted.lines());

        Path merged = parent.resolve("merged");
        CommandLineRun.line("merge --adapter {} --out {}", adapter("lsr-1"), merged)
                .succeeded();
        CommandLineRun whole = CommandLineRun.line("predict --model {} --data {} --text review", merged, dev);
        assertEquals(
                predicted.lines().stream().map(line -> line.split("\t")[0]).toList(),
                whole.lines().stream().map(line -> line.split("\t")[0]).toList(),
                whole.err());
    }

    /** Of all classes, as text and as JSON, the label first that is printed alone without. */
    private void assertProbabilities(Path dev, List<String> labels) throws Exception {
        String[] predict = {"predict", "--adapter", adapter("lsr-1"), "--data", dev.toString(), "--text", "review"};
        List<String> all =
                CommandLineRun.of(with(predict, "--probabilities")).succeeded().lines();
        List<String> json =
                CommandLineRun.of(with(predict, "--json")).succeeded().lines();
        List<String> both = CommandLineRun.of(with(predict, "--json", "--probabilities"))
                .succeeded()
                .lines();
        assertEquals(20, both.size());
        ObjectMapper mapper = new ObjectMapper();
        for (int i = 0; i < labels.size(); i++) {
            String[] cells = all.get(i).split("\t");
            assertEquals(labels.get(i), cells[0] + "\t" + cells[1]);
            assertEquals(4, cells.length);
            assertEquals(Set.of("warm", "cold, wet"), Set.of(cells[0], cells[2]));
            assertEquals(1, Double.parseDouble(cells[1]) + Double.parseDouble(cells[3]), 1.1e-4);
            assertTrue(Double.parseDouble(cells[1]) >= 0.5, all.get(i));
            ObjectNode whole = (ObjectNode) mapper.readTree(both.get(i));
            assertEquals(List.of("text", "label", "probability", "probabilities"), names(whole));
            assertTrue(whole.get("text").textValue().matches("(is )*the (sun, warm|rain, cold)"), both.get(i));
            assertEquals(cells[0], whole.get("label").textValue());
            assertEquals(List.of(cells[0], cells[2]), names(whole.get("probabilities")));
            assertEquals(whole.get("probability"), whole.get("probabilities").get(cells[0]));
            assertEquals(
                    Double.parseDouble(cells[3]),
                    whole.get("probabilities").get(cells[2]).doubleValue(),
                    5.1e-5);
            whole.remove("probabilities");
            assertEquals(whole, mapper.readTree(json.get(i)));
        }
    }

    private static List<String> names(JsonNode node) {
        List<String> names = new ArrayList<>();
        node.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The table's first row is the adapter as it was trained, on the data that its run was measured on. */
    @Test
    void reduceQuantizeAndConvert_onOwnData_measureBeforeAndAfter() throws Exception {
        Path train = write("train.csv", "opinion,review", 60, false);
        String dev = write("dev.csv", "opinion,review", 20, false).toString();
        finetune(
                "bert",
                "--task",
                "classify",
                "--train",
                train.toString(),
                "--dev",
                dev,
                "--text",
                "review",
                "--label",
                "opinion",
                "--methods",
                "lora:2,lsr:2",
                "--epochs",
                "2");
        for (String[] command : new String[][] {
            {"reduce", "lsr-r2-1", "--s", "1"},
            {"quantize", "lsr-r2-1", "--to", "int4"},
            {"convert", "lora-r2-1", "--s", "2"}
        }) {
            List<String> lines = CommandLineRun.line(
                            "{} --adapter {} --dev {} --text review --label opinion {} {}",
                            command[0],
                            adapter(command[1]),
                            dev,
                            command[2],
                            command[3])
                    .succeeded()
                    .lines();
            assertTrue(lines.get(0).endsWith("      f1  accuracy  matthews"), lines.toString());
            JsonNode trained = metrics().at(command[0].equals("convert") ? "/results/0/metrics" : "/results/1/metrics");
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
        String lsr = adapter("lsr-r2-1");
        assertRefused(
                dev + ": there is no column \"label\", which should hold the labels; --label names another column",
                "reduce",
                "--adapter",
                lsr,
                "--dev",
                dev,
                "--text",
                "review");
        String pairs = Files.writeString(parent.resolve("pairs.csv"), "first,second,label\nthe sun,is,warm\n")
                .toString();
        assertRefused(
                pairs
                        + ": found pairs of texts, the adapter's task classification has single texts; expected --text COLUMN",
                "reduce",
                "--adapter",
                lsr,
                "--dev",
                pairs,
                "--text",
                "first,second");
        assertRefused(
                "--text, --label, --format and the options of tokens and labels describe a file; expected --dev FILE with them",
                "reduce",
                "--adapter",
                lsr,
                "--text",
                "review");
        assertRefused(
                "--data " + dev + " and --dev " + dev + ": expected one of them",
                "reduce",
                "--adapter",
                lsr,
                "--dev",
                dev,
                "--data",
                dev);
        String other = Files.writeString(parent.resolve("other.csv"), "text,label\nthe sun,hot\n")
                .toString();
        assertRefused("line 2: unknown label \"hot\"", "quantize", "--adapter", lsr, "--dev", other);
    }

    @Test
    void quantize_ofAGenerator_measuresItsPerplexityOnOwnTexts() throws Exception {
        Path books = Files.createDirectory(parent.resolve("books"));
        for (int i = 0; i < 12; i++) {
            Files.writeString(books.resolve(i + ".txt"), "the sun is warm and the rain is cold " + "again ".repeat(i));
        }
        finetune("llama", "--task", "text", "--train", books.toString(), "--dev", books.toString(), "--epochs", "1");
        String plain = books.toString();
        List<String> lines = CommandLineRun.line("quantize --adapter {} --to fp16 --dev {}", adapter("lsr-1"), plain)
                .succeeded()
                .lines();
        assertTrue(lines.get(0).endsWith("  perplexity"), lines.toString());
        double perplexity = metrics().at("/results/0/metrics/perplexity").doubleValue();
        JsonNode interval = metrics().at("/results/0/intervals/perplexity");
        assertTrue(
                interval.get(0).doubleValue() < perplexity
                        && perplexity < interval.get(1).doubleValue(),
                metrics()::toPrettyString);
        assertTrue(
                lines.get(1).endsWith(String.format(Locale.ROOT, "  %.4f", perplexity)), lines + " of " + perplexity);
        String table = Files.writeString(
                        parent.resolve("answers.jsonl"), "{\"prompt\": \"the sun\", \"completion\": \" is warm\"}\n")
                .toString();
        assertTrue(CommandLineRun.line("quantize --adapter {} --to fp16 --dev {}", adapter("lsr-1"), table)
                .succeeded()
                .lines()
                .get(0)
                .endsWith("  perplexity"));
        assertRefused(
                "--text or --label with --dev " + table + ": the adapter continues texts, expected no columns",
                "quantize",
                "--adapter",
                adapter("lsr-1"),
                "--dev",
                table,
                "--text",
                "prompt");
    }

    @Test
    void tables_areReadInTheFormatThatIsNamed() throws Exception {
        StringBuilder rows = new StringBuilder("label;text\n");
        for (int i = 0; i < 20; i++) {
            rows.append(i % 2 == 0 ? "warm;\"the sun; warm " : "cold;\"the rain, cold ")
                    .append(i)
                    .append("\"\n");
        }
        String train = Files.writeString(parent.resolve("train.dat"), rows).toString();
        String[] command = {"--task", "classify", "--train", train, "--epochs", "1"};
        CommandLineRun unnamed = CommandLineRun.line(
                "finetune --model {} --task classify --train {} --out {}", model("bert"), train, adapter("none"));
        assertTrue(unnamed.err().contains("or a format that is named: csv, csv-semicolon, tsv,"), unnamed.err());
        finetune(
                "bert",
                Stream.concat(Arrays.stream(command), Stream.of("--format", "csv-semicolon"))
                        .toArray(String[]::new));
        CommandLineRun predicted =
                CommandLineRun.line("predict --adapter {} --data {} --format csv-semicolon", adapter("lsr-1"), train);
        assertEquals(20, predicted.lines().size());
        assertTrue(predicted.err().startsWith("f1 "), predicted.err());
        assertRefused(
                "format 'semicolons', expected one of csv, csv-semicolon, tsv, tsv-unquoted, json-lines",
                "predict",
                "--adapter",
                adapter("lsr-1"),
                "--data",
                train,
                "--format",
                "semicolons");
        assertRefused(
                "found --format without --data FILE, expected both",
                "predict",
                "--adapter",
                adapter("lsr-1"),
                "--format",
                "csv",
                "the sun");
        assertRefused("--format: found no --task, expected --task with it: classify, ", "finetune", "--format", "csv");
        assertRefused(
                "by its header the file is csv-semicolon",
                "finetune",
                "--task",
                "text",
                "--train",
                train,
                "--format",
                "csv");
    }

    @Test
    void predict_withSeveralAdapters_averagesTheirProbabilities() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        finetune("bert", "--task", "classify", "--train", train.toString(), "--epochs", "1", "--seed", "1,2");
        String[] table = {"--data", train.toString()};
        double[] mean = new double[40];
        for (String adapter : List.of("lsr-1", "lsr-2")) {
            List<String> lines = CommandLineRun.of(
                            Stream.concat(Stream.of("predict", "--adapter", adapter(adapter)), Arrays.stream(table))
                                    .toArray(String[]::new))
                    .lines();
            for (int i = 0; i < mean.length; i++) {
                String[] cells = lines.get(i).split("\t");
                double probability = Double.parseDouble(cells[1]);
                mean[i] += (cells[0].equals("warm") ? probability : 1 - probability) / 2;
            }
        }
        CommandLineRun both = CommandLineRun.line(
                "predict --adapter {} --adapter {} --data {}", adapter("lsr-1"), adapter("lsr-2"), train);
        assertEquals(0, both.code(), both.err());
        for (int i = 0; i < mean.length; i++) {
            String[] cells = both.lines().get(i).split("\t");
            assertEquals(mean[i] > 0.5 ? "warm" : "cold, wet", cells[0]);
            assertEquals(Math.max(mean[i], 1 - mean[i]), Double.parseDouble(cells[1]), 2e-4);
        }
        assertTrue(both.err().startsWith("f1 "), both.err());
        Path numbers = write("numbers.csv", "label,text", 40, true);
        CommandLineRun.line(
                        "finetune --model {} --task regress --train {} --epochs 1 --out {}",
                        model("bert"),
                        numbers,
                        adapter("numbers"))
                .succeeded();
        assertRefused(
                "a number from texts, beside one of task classification, classes cold, wet, warm from texts; expected"
                        + " models that answer alike",
                "predict",
                "--adapter",
                adapter("lsr-1"),
                "--adapter",
                adapter("numbers/lsr-1"),
                "the sun");
        assertRefused(
                "there is no such file or folder",
                "predict",
                "--adapter",
                adapter("lsr-1"),
                "--adapter",
                adapter("none"),
                "the sun");
    }

    @Test
    void classify_withTeachers_learnsFromTheirAnswers() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        finetune("bert", "--task", "classify", "--train", train.toString(), "--epochs", "6", "--seed", "1,2");
        String teachers = adapter("lsr-1") + "," + adapter("lsr-2");
        String[] student = {
            "finetune",
            "--model",
            model("deberta-v3"),
            "--train",
            train.toString(),
            "--epochs",
            "6",
            "--batch",
            "6",
            "--lr",
            "0.01",
            "--head-lr",
            "0.03"
        };
        CommandLineRun.of(with(
                        student,
                        "--task",
                        "classify",
                        "--out",
                        adapter("student"),
                        "--teacher",
                        teachers,
                        "--teacher-share",
                        "1"))
                .succeeded();
        JsonNode metrics = JsonFile.readObject(Path.of(adapter("student")).resolve("metrics.json"));
        JsonNode settings = metrics.at("/settings/training");
        assertEquals(adapter("lsr-2"), settings.at("/teacher/1").textValue());
        assertEquals(1, settings.get("teacher's share").doubleValue());
        assertEquals(2, settings.get("temperature").doubleValue());
        double accuracy = metrics.at("/results/0/metrics/accuracy").doubleValue();
        assertTrue(accuracy > 0.8, "accuracy " + accuracy);
        assertRefused(
                "--task regress: found --teacher, expected it with classify, ",
                with(student, "--task", "regress", "--teacher", teachers));
        assertRefused(
                "--temperature: expected --teacher as well", with(student, "--task", "classify", "--temperature", "3"));
        assertRefused(
                "there is no such folder",
                with(student, "--task", "classify", "--out", adapter("none"), "--teacher", adapter("nowhere")));
        Path others =
                Files.writeString(parent.resolve("others.csv"), "label,text\nyes,sun\nno,rain\nyes,warm\nno,cold\n");
        assertRefused(
                "with the classes [cold, wet, warm], expected [no, yes]",
                "finetune",
                "--model",
                model("bert"),
                "--task",
                "classify",
                "--train",
                others.toString(),
                "--out",
                adapter("others"),
                "--teacher",
                teachers);
    }

    private static void assertRefused(String message, String... command) {
        CommandLineRun run = CommandLineRun.of(command);
        assertEquals(2, run.code(), run.out());
        assertTrue(run.err().contains(message), run.err());
    }

    @Test
    void classify_withoutDev_holdsATenthOut_andSaysSo() throws Exception {
        Path train = write("train.csv", "label,text", 60, false);
        CommandLineRun run = finetune(
                "deberta-v3",
                "--task",
                "classify",
                "--train",
                train.toString(),
                "--epochs",
                "2",
                "--methods",
                "frozen,lora:2,lsr:2");
        assertTrue(run.out().contains("held out"), run.out());
        assertEquals(3, metrics().get("results").size());
        JsonNode lora = metrics().get("results").get(1);
        assertEquals("lora:2", lora.get("method").textValue());
        assertEquals(
                2,
                JsonFile.readObject(Path.of(adapter("lora-r2-1"), "adapter_config.json"))
                        .at("/adapters/0/r")
                        .intValue());
        assertTrue(Files.isDirectory(Path.of(adapter("lsr-r2-1"))));
        CommandLineRun.line("predict --adapter {} {}", adapter("lsr-r2-1"), "the sun")
                .succeeded();
    }

    @Test
    void classify_withHoldOut_choosesOnTrainingExamples_andMeasuresOthersOnce() throws Exception {
        Path train = write("train.csv", "label,text", 90, false);
        // What is measured is the other way about, so that it cannot be what has chosen.
        Path dev = Files.writeString(
                parent.resolve("dev.csv"),
                "label,text\n" + "\"cold, wet\",\"the sun, warm\"\n".repeat(12) + "warm,the sun is warm\n");
        CommandLineRun run = finetune(
                "bert",
                "--task",
                "classify",
                "--train",
                train.toString(),
                "--dev",
                dev.toString(),
                "--epochs",
                "6",
                "--examples",
                "60",
                "--hold-out",
                "0.2");
        assertTrue(run.out().contains("60 training and 13 evaluation examples"), run.out());
        assertTrue(run.out().contains("held out f1"), run.out());
        assertTrue(
                run.out()
                        .contains(
                                "\nwarning: lsr, seed 1: the classifier answers \"warm\" for each of 13 evaluation examples"),
                run.out());
        assertTrue(
                Files.readString(parent.resolve("run/report.md")).contains("**Warning:** lsr, seed 1: the classifier"));
        JsonNode result = metrics().at("/results/0");
        assertTrue(result.at("/held_out_metrics/accuracy").doubleValue() > 0.8, result.toString());
        double accuracy = result.at("/metrics/accuracy").doubleValue();
        assertTrue(accuracy < 0.2, result.toString());
        CommandLineRun predicted =
                CommandLineRun.line("predict --adapter {} --data {} --label label", adapter("lsr-1"), dev);
        assertTrue(
                predicted.err().contains(String.format(Locale.ROOT, "  accuracy %.4f (0.000–", accuracy)),
                predicted.err());
    }

    @Test
    void classify_ofFewRows_passesOverThemMoreOften_unlessTold() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        CommandLineRun run = finetune("bert", "--task", "classify", "--train", train.toString(), "--methods", "frozen");
        assertTrue(run.out().contains("epoch 30/30"), run.out());
        assertEquals(30, metrics().at("/settings/training/epochs").intValue());
    }

    @Test
    void classify_trainsTheHeadFirst() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        finetune(
                "bert",
                "--task",
                "classify",
                "--train",
                train.toString(),
                "--methods",
                "lora:2,lsr:2,krona",
                "--epochs",
                "1");
        for (String method : List.of("lora:2", "lsr:2", "krona")) {
            assertEquals(
                    200, metrics().at("/settings/" + method + "/head steps").intValue());
        }
    }

    @Test
    void examples_ofTextsWithoutLabels_areRefused() throws Exception {
        Path train =
                Files.writeString(parent.resolve("train.txt"), "the sun is warm and the rain is cold. ".repeat(20));
        CommandLineRun run = CommandLineRun.line(
                "finetune --model {} --task text --train {} --out {} --examples=10",
                model("llama"),
                train,
                parent.resolve("run"));
        assertEquals(2, run.code());
        assertTrue(run.err().contains("--task text: found --examples, expected it with classify, "), run.err());
    }

    @Test
    void instructions_withHoldOut_chooseOnTrainingTexts_andMeasureOthersOnce() throws Exception {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            rows.append("{\"prompt\": \"the sun ")
                    .append("and ".repeat(i))
                    .append("\", \"completion\": \"is warm\"}\n");
        }
        Path train = Files.writeString(parent.resolve("train.jsonl"), rows);
        Path dev = Files.writeString(
                parent.resolve("dev.jsonl"), "{\"prompt\": \"the rain\", \"completion\": \"is cold\"}\n");
        finetune(
                "llama",
                "--task",
                "instructions",
                "--train",
                train.toString(),
                "--dev",
                dev.toString(),
                "--targets",
                "all-linear",
                "--epochs",
                "6",
                "--hold-out",
                "0.2");
        JsonNode result = metrics().at("/results/0");
        try (TextGenerator generator = TextGenerator.load(Path.of(adapter("lsr-1")))) {
            double measured = generator.perplexity(
                    LanguageModelData.instructions(train).dev(dev).read().evaluation());
            assertEquals(measured, result.at("/metrics/perplexity").doubleValue(), 1e-4 * measured);
            assertTrue(result.at("/held_out_metrics/perplexity").doubleValue() < measured / 2, result.toString());
        }
    }

    @Test
    void unknownLabelInDev_isRefusedByLine() throws Exception {
        Path train = write("train.csv", "label,text", 30, false);
        Path dev = Files.writeString(parent.resolve("dev.csv"), "label,text\nwarm,the sun\nhot,the sun\n");
        CommandLineRun run = CommandLineRun.line(
                "finetune --model {} --task classify --train {} --dev {} --out {}",
                model("bert"),
                train,
                dev,
                parent.resolve("run"));
        assertEquals(2, run.code());
        assertTrue(run.err().startsWith("error: " + dev + ", line 3: "), run.err());
        assertTrue(Files.notExists(parent.resolve("run")));
    }

    @Test
    void regress_predictsNumbers() throws Exception {
        Path train = write("train.csv", "degrees,text", 60, true);
        CommandLineRun weighted = CommandLineRun.line(
                "finetune --model {} --task regress --train {} --label degrees --class-weights balanced " + "--out {}",
                model("bert"),
                train,
                train.resolveSibling("weighted"));
        assertEquals(2, weighted.code());
        assertTrue(weighted.err().contains("has none, expected a classification by a head"), weighted.err());
        finetune("bert", "--task", "regress", "--train", train.toString(), "--label", "degrees", "--epochs", "8");
        assertTrue(
                metrics().at("/results/0/metrics/pearson").doubleValue() > 0.8,
                metrics().toString());
        CommandLineRun predicted = CommandLineRun.line(
                        "predict --adapter {} {} {}", adapter("lsr-1"), "the sun, warm", "the rain, cold")
                .succeeded();
        List<Double> values =
                predicted.lines().stream().map(Double::parseDouble).toList();
        assertTrue(values.get(0) > values.get(1) + 0.5, predicted.out());
        CommandLineRun json = CommandLineRun.line("predict --adapter {} --json {}", adapter("lsr-1"), "the sun, warm")
                .succeeded();
        JsonNode line = new ObjectMapper().readTree(json.out());
        assertEquals(List.of("text", "value"), names(line));
        assertEquals(values.get(0), line.get("value").doubleValue(), 5.1e-5);
        assertRefused(
                "--probabilities: the model predicts numbers, expected a classifier",
                "predict",
                "--adapter",
                adapter("lsr-1"),
                "--probabilities",
                "the sun");
    }

    @Test
    void text_isLearned_andGenerated() throws Exception {
        Path train =
                Files.writeString(parent.resolve("train.txt"), "the sun is warm and the rain is cold. ".repeat(20));
        CommandLineRun run = finetune(
                "llama",
                "--task",
                "text",
                "--train",
                train.toString(),
                "--targets",
                "all-linear",
                "--max-length",
                "24",
                "--epochs",
                "8",
                "--eval-every",
                "10",
                "--dropout",
                "0.05");
        JsonNode metrics = metrics();
        double base = metrics.at("/base_metrics/perplexity").doubleValue();
        double trained = metrics.at("/results/0/metrics/perplexity").doubleValue();
        assertTrue(trained < base / 4, "perplexity " + trained + ", base model " + base + "\n" + run.out());

        String[] common = {"generate", "--adapter", adapter("lsr-1"), "--prompt", "the sun", "--max-tokens", "6"};
        String with = CommandLineRun.of(common).succeeded().out();
        String without = CommandLineRun.of(with(common, "--base")).succeeded().out();
        assertNotEquals(with, without);
        String both = CommandLineRun.of(with(common, "--both")).succeeded().out();
        assertEquals("--- base model\n" + without + "--- adapter " + adapter("lsr-1") + "\n" + with, both);
        String sampled = CommandLineRun.of(with(common, "--temperature", "1", "--top-p", "0.9", "--seed", "3"))
                .succeeded()
                .out();
        assertEquals(
                sampled,
                CommandLineRun.of(with(common, "--temperature", "1", "--top-p", "0.9", "--seed", "3"))
                        .succeeded()
                        .out());
        assertEquals(
                with,
                CommandLineRun.of(with(common, "--repetition-penalty", "1"))
                        .succeeded()
                        .out());
        assertNotEquals(
                with,
                CommandLineRun.of(with(common, "--repetition-penalty", "0.05"))
                        .succeeded()
                        .out());
        assertRefused(
                "repetition penalty is 0.0, expected a finite number above 0",
                with(common, "--repetition-penalty", "0"));
        String stop = with.strip().substring(1, 2);
        String stopped =
                CommandLineRun.of(with(common, "--stop", stop)).succeeded().out();
        assertFalse(stopped.contains(stop), stopped);
    }

    @Test
    void instructions_areLearned_onTheirCompletions() throws Exception {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            rows.append("{\"instruction\": \"")
                    .append(i % 2 == 0 ? "sun" : "rain")
                    .append("\", \"output\": \"")
                    .append(i % 2 == 0 ? "warm" : "cold")
                    .append("\"}\n");
        }
        Path train = Files.writeString(parent.resolve("train.jsonl"), rows);
        finetune(
                "llama",
                "--task",
                "instructions",
                "--train",
                train.toString(),
                "--dev",
                train.toString(),
                "--targets",
                "all-linear",
                "--epochs",
                "25");
        String answer = CommandLineRun.line("generate --adapter {} --instruction rain --max-tokens 4", adapter("lsr-1"))
                .succeeded()
                .out();
        assertEquals("cold", answer.strip());
    }

    @Test
    void commands_forTheOtherKindOfModel_sayWhich() throws Exception {
        CommandLineRun predict = CommandLineRun.line("predict --model {} {}", model("llama"), "the sun");
        assertEquals(2, predict.code());
        assertTrue(
                predict.err().contains("continues texts, expected a classifier or a regression; see generate"),
                predict.err());
        CommandLineRun generate = CommandLineRun.line("generate --model {} --prompt {}", model("bert"), "the sun");
        assertEquals(2, generate.code());
        assertTrue(generate.err().contains("expected"), generate.err());
        CommandLineRun headless = CommandLineRun.line("predict --model minilm {}", "the sun");
        assertTrue(headless.err().contains("model minilm has no trained head and predicts no tokens"), headless.err());
        CommandLineRun gone = CommandLineRun.line("predict --adapter {} {}", parent.resolve("gone"), "the sun");
        assertTrue(gone.err().contains(parent.resolve("gone") + ": there is no such file or folder"), gone.err());
        CommandLineRun none = CommandLineRun.line("generate --prompt {}", "the sun");
        assertTrue(none.err().startsWith("error: no model: expected --adapter FOLDER"), none.err());
        CommandLineRun two = CommandLineRun.line("generate --prompt a --instruction b");
        assertTrue(two.err().contains("expected one of --prompt TEXT, --instruction TEXT and --chat TEXT"), two.err());
    }

    private static String[] with(String[] common, String... more) {
        List<String> all = new ArrayList<>(Arrays.asList(common));
        all.addAll(Arrays.asList(more));
        return all.toArray(new String[0]);
    }
}
