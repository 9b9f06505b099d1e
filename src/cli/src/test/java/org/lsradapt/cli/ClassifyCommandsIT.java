package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.io.internal.JsonFile;

/** From a table of texts and labels to a trained classifier and its predictions, by commands alone. */
class ClassifyCommandsIT extends OwnDataCommands {

    @Test
    void aCsvFile_predictItsTable_andMeasure() throws Exception {
        Path train = write("train.csv", "opinion,review", 60, false);
        Path dev = write("dev.csv", "opinion,review", 20, false);
        CommandLineRun run = finetune(
                "bert",
                "--task classify --train {} --dev {} --text review --label opinion --epochs 6 --patience 2"
                        + " --class-weights balanced",
                train,
                dev);
        run.says("task classification: 60 training and 20 evaluation examples, 2 classes");
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
        succeed("merge --adapter {} --out {}", adapter("lsr-1"), merged);
        CommandLineRun whole = CommandLineRun.line("predict --model {} --data {} --text review", merged, dev);
        assertEquals(labels(predicted), labels(whole), whole.err());
    }

    private static List<String> labels(CommandLineRun run) {
        assertEquals(0, run.code(), run.err());
        return run.lines().stream().map(line -> line.split("\t", -1)[0]).toList();
    }

    /** Checks all classes, as text and as JSON: the first is the label that is printed alone without them. */
    private void assertProbabilities(Path dev, List<String> labels) throws IOException {
        String predict = "predict --adapter {} --data {} --text review ";
        List<String> all =
                succeed(predict + "--probabilities", adapter("lsr-1"), dev).lines();
        List<String> json = succeed(predict + "--json", adapter("lsr-1"), dev).lines();
        List<String> both = succeed(predict + "--json --probabilities", adapter("lsr-1"), dev)
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

    @Test
    void calibrate_isReported_keepsLabels_andPredictUndoesIt() throws Exception {
        Path train = write("train.csv", "label,text", 60, false);
        List<String> rows = new ArrayList<>(Files.readAllLines(write("dev.csv", "label,text", 40, false)));
        for (int i = 1; i < rows.size(); i += 5) {
            rows.set(i, rows.get(i).replaceFirst("^warm", "\"cold, wet\""));
        }
        Path dev = Files.write(parent.resolve("dev.csv"), rows);
        CommandLineRun run = finetune(
                "bert", "--task classify --train {} --dev {} --epochs 4 --methods lsr --calibrate", train, dev);
        run.says("lsr, seed 1: temperature ");
        JsonNode result = metrics().at("/results/0");
        double before =
                result.at("/calibration/expected_calibration_error_before").doubleValue();
        double after = result.at("/calibration/expected_calibration_error").doubleValue();
        assertTrue(after < before, result.toString());
        double from = result.at("/intervals/accuracy/0").doubleValue();
        double to = result.at("/intervals/accuracy/1").doubleValue();
        double accuracy = result.at("/metrics/accuracy").doubleValue();
        assertTrue(from < accuracy && accuracy < to, run.out());
        run.says(String.format(Locale.ROOT, "%.4f (%.3f–", accuracy, from));
        assertTrue(Files.readString(parent.resolve("run/report.md")).contains("## Calibration\n"));

        CommandLineRun calibrated = CommandLineRun.line("predict --adapter {} --data {}", adapter("lsr-1"), dev);
        CommandLineRun undone =
                CommandLineRun.line("predict --adapter {} --data {} --uncalibrated", adapter("lsr-1"), dev);
        assertEquals(labels(calibrated), labels(undone));
        assertNotEquals(calibrated.lines(), undone.lines());
        assertTrue(undone.err().contains(String.format(Locale.ROOT, "  accuracy %.4f (", accuracy)), undone.err());

        CommandLineRun regression = CommandLineRun.line(
                "finetune --task regress --train {} --calibrate --out {}",
                write("numbers.csv", "label,text", 20, true),
                parent + "/other");
        assertNotEquals(0, regression.code());
        assertTrue(regression.err().contains("calibration: task regression has no probabilities"), regression.err());
    }

    @Test
    void predict_withSeveralAdapters_averagesTheirProbabilities() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        finetune("bert", "--task classify --train {} --epochs 1 --seed 1,2", train);
        double[] mean = new double[40];
        for (String adapter : List.of("lsr-1", "lsr-2")) {
            List<String> lines = CommandLineRun.line("predict --adapter {} --data {}", adapter(adapter), train)
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
        succeed(
                "finetune --model {} --task regress --train {} --epochs 1 --out {}",
                model("bert"),
                write("numbers.csv", "label,text", 40, true),
                adapter("numbers"));
        assertRefused(
                "a number from texts, beside one of task classification, classes cold, wet, warm from texts; expected"
                        + " models that answer alike",
                "predict --adapter {} --adapter {} {}",
                adapter("lsr-1"),
                adapter("numbers/lsr-1"),
                "the sun");
        assertRefused(
                "there is no such file or folder",
                "predict --adapter {} --adapter {} {}",
                adapter("lsr-1"),
                adapter("none"),
                "the sun");
    }

    @Test
    void teachers_areLearnedFrom() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        finetune("bert", "--task classify --train {} --epochs 6 --seed 1,2", train);
        String teachers = adapter("lsr-1") + "," + adapter("lsr-2");
        String student = "finetune --model {} --train {} --epochs 6 --batch 6 --lr 0.01 --head-lr 0.03 ";
        String other = model("deberta-v3");
        succeed(
                student + "--task classify --out {} --teacher {} --teacher-share 1",
                other,
                train,
                adapter("student"),
                teachers);
        JsonNode metrics = JsonFile.readObject(Path.of(adapter("student")).resolve("metrics.json"));
        JsonNode settings = metrics.at("/settings/training");
        assertEquals(adapter("lsr-2"), settings.at("/teacher/1").textValue());
        assertEquals(1, settings.get("teacher's share").doubleValue());
        assertEquals(2, settings.get("temperature").doubleValue());
        double accuracy = metrics.at("/results/0/metrics/accuracy").doubleValue();
        assertTrue(accuracy > 0.8, "accuracy " + accuracy);
        assertRefused(
                "--task regress: found --teacher, expected it with classify, ",
                student + "--task regress --teacher {}",
                other,
                train,
                teachers);
        assertRefused(
                "--temperature: expected --teacher as well", student + "--task classify --temperature 3", other, train);
        assertRefused(
                "there is no such folder",
                student + "--task classify --out {} --teacher {}",
                other,
                train,
                adapter("none"),
                adapter("nowhere"));
        assertRefused(
                "with the classes [cold, wet, warm], expected [no, yes]",
                "finetune --model {} --task classify --train {} --out {} --teacher {}",
                model("bert"),
                write("others.csv", "label,text\nyes,sun\nno,rain\nyes,warm\nno,cold\n"),
                adapter("others"),
                teachers);
    }

    @Test
    void withoutDev_aTenthIsHeldOut_andSaidSo() throws Exception {
        Path train = write("train.csv", "label,text", 60, false);
        CommandLineRun run =
                finetune("deberta-v3", "--task classify --train {} --epochs 2 --methods frozen,lora:2,lsr:2", train);
        run.says("held out");
        assertEquals(3, metrics().get("results").size());
        JsonNode lora = metrics().get("results").get(1);
        assertEquals("lora:2", lora.get("method").textValue());
        assertEquals(
                2,
                JsonFile.readObject(Path.of(adapter("lora-r2-1"), "adapter_config.json"))
                        .at("/adapters/0/r")
                        .intValue());
        assertTrue(Files.isDirectory(Path.of(adapter("lsr-r2-1"))));
        succeed("predict --adapter {} {}", adapter("lsr-r2-1"), "the sun");
    }

    @Test
    void withHoldOut_trainingExamplesChoose_andOthersAreMeasuredOnce() throws Exception {
        Path train = write("train.csv", "label,text", 90, false);
        // What is measured is the other way about, so that it cannot be what has chosen.
        Path dev = write(
                "dev.csv", "label,text\n" + "\"cold, wet\",\"the sun, warm\"\n".repeat(12) + "warm,the sun is warm\n");
        CommandLineRun run = finetune(
                "bert", "--task classify --train {} --dev {} --epochs 6 --examples 60 --hold-out 0.2", train, dev);
        run.says(
                "60 training and 13 evaluation examples",
                "held out f1",
                "\nwarning: lsr, seed 1: the classifier answers \"warm\" for each of 13 evaluation examples");
        assertTrue(
                Files.readString(parent.resolve("run/report.md")).contains("**Warning:** lsr, seed 1: the classifier"));
        JsonNode result = metrics().at("/results/0");
        assertTrue(result.at("/held_out_metrics/accuracy").doubleValue() > 0.8, result.toString());
        double accuracy = result.at("/metrics/accuracy").doubleValue();
        assertTrue(accuracy < 0.2, result.toString());
        String measured = CommandLineRun.line("predict --adapter {} --data {} --label label", adapter("lsr-1"), dev)
                .err();
        assertTrue(measured.contains(String.format(Locale.ROOT, "  accuracy %.4f (0.000–", accuracy)), measured);
    }

    @Test
    void fewRows_arePassedOverMoreOften_unlessTold() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        CommandLineRun run = finetune("bert", "--task classify --train {} --methods frozen", train);
        run.says("epoch 60/60");
        assertEquals(60, metrics().at("/settings/training/epochs").intValue());
    }

    /** Eight of each class are few, nine are not; the head alone has nothing to contrast with. */
    @ParameterizedTest
    @CsvSource({"16, lsr:2, true", "18, lsr:2, false", "16, frozen, false", "16, lsr:2 --few-shot, false"})
    void fewRowsOfAClass_suggestTheContrast_whereItCanRun(int rows, String options, boolean suggests) throws Exception {
        Path train = write("train.csv", "label,text", rows, false);
        String line = "--task classify --train {} --dev {} --epochs 1 --methods " + options;
        String out = finetune("bert", line, train, train).out();
        assertEquals(suggests, out.contains("at most 8 examples per class on average: with so few, --few-shot"), out);
    }

    @Test
    void theHead_isTrainedFirst() throws Exception {
        Path train = write("train.csv", "label,text", 40, false);
        finetune("bert", "--task classify --train {} --methods lora:2,lsr:2,krona --epochs 1", train);
        for (String method : List.of("lora:2", "lsr:2", "krona")) {
            assertEquals(
                    200, metrics().at("/settings/" + method + "/head steps").intValue());
        }
    }

    @Test
    void unknownLabelInDev_isRefusedByLine() throws Exception {
        Path dev = write("dev.csv", "label,text\nwarm,the sun\nhot,the sun\n");
        CommandLineRun run = CommandLineRun.line(
                "finetune --model {} --task classify --train {} --dev {} --out {}",
                model("bert"),
                write("train.csv", "label,text", 30, false),
                dev,
                parent.resolve("run"));
        assertEquals(2, run.code());
        assertTrue(run.err().startsWith("error: " + dev + ", line 3: "), run.err());
        assertTrue(Files.notExists(parent.resolve("run")));
    }
}
