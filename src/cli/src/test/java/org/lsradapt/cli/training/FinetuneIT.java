package org.lsradapt.cli.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.cli.CommandLineRun;
import org.lsradapt.io.internal.JsonFile;

/** The whole way, on MiniLM and a made-up data set: fine-tune, look at what is left, predict, inspect. */
class FinetuneIT {

    private static final List<String> METHODS = List.of("frozen", "lora", "lsr");

    @TempDir
    static Path parent;

    private static Path data;
    private static Path run;
    private static CommandLineRun first;
    private static double firstSeconds;

    @BeforeAll
    static void finetune() throws IOException {
        data = CommandLineRun.writeMrpc(parent.resolve("mrpc"), 40, 20);
        run = parent.resolve("runs/one");
        long start = System.nanoTime();
        first = finetune(run, "frozen,lora,lsr", "1,2");
        firstSeconds = (System.nanoTime() - start) / 1e9;
        first.succeeded();
    }

    private static CommandLineRun finetune(Path out, String methods, String seeds) {
        return CommandLineRun.line(
                "finetune --model minilm --task mrpc --data {} --methods {} --epochs 1 --seed {} --batch "
                        + "4 --head-lr 0.02 --max-length 32 --r 4 --s 16 --alpha 4 --scaling alpha --out {}",
                data,
                methods,
                seeds,
                out);
    }

    private static JsonNode metrics(Path folder) throws IOException {
        return JsonFile.readObject(folder.resolve("metrics.json"));
    }

    @Test
    void metricsJson_hasTheFieldsThatScriptsRelyOn() throws IOException {
        JsonNode root = metrics(run);
        assertEquals("mrpc", root.get("task").textValue());
        assertEquals("minilm", root.get("model").textValue());
        assertEquals(0.5, root.at("/majority_metrics/accuracy").doubleValue());
        assertEquals(List.of("accuracy", "f1"), names(root.get("majority_metrics")));
        assertEquals(
                4.0, root.get("settings").get("lsr").get("effective scaling").doubleValue());
        Set<String> seen = new HashSet<>();
        double training = 0;
        for (JsonNode result : root.get("results")) {
            String method = result.get("method").textValue();
            seen.add(method + result.get("seed").longValue());
            long adapter = method.equals("lsr") ? 12 * 2560 : method.equals("lora") ? 12 * 6144 : 0;
            assertEquals(adapter, result.get("adapter_parameters").longValue());
            assertEquals(adapter + 770, result.get("trainable_parameters").longValue());
            assertEquals(1, result.get("best_epoch").intValue());
            assertEquals(10, result.get("best_step").intValue());
            assertEquals(List.of("accuracy", "f1"), names(result.get("metrics")));
            // Before the first epoch of any method the head is trained and evaluated alone.
            JsonNode epochs = result.get("epochs");
            assertEquals(2, epochs.size());
            assertEquals(0, epochs.get(0).get("epoch").intValue());
            JsonNode epoch = epochs.get(1);
            assertTrue(epoch.get("loss").doubleValue() > 0);
            double seconds = epoch.get("seconds").doubleValue();
            assertTrue(seconds > 0, "a forward pass of 40 texts in " + seconds + " s");
            training += seconds;
            assertEquals(result.get("metrics"), epoch.get("metrics"));
        }
        assertTrue(training < firstSeconds, training + " s of training in a run of " + firstSeconds + " s");
        assertEquals(Set.of("frozen1", "lora1", "lsr1", "frozen2", "lora2", "lsr2"), seen);
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void metricsCsv_hasARowPerMethodSeedAndEpoch() throws IOException {
        List<String> rows = Files.readAllLines(run.resolve("metrics.csv"));
        assertEquals("method,seed,epoch,best,loss,seconds,accuracy,f1", rows.get(0));
        assertEquals(1 + 2 * 3 * 2, rows.size());
        JsonNode lora = metrics(run).get("results").get(1);
        assertEquals(
                List.of("lora", "1", "0", "false"),
                List.of(rows.get(3).split(",")).subList(0, 4));
        String[] cells = rows.get(4).split(",");
        assertEquals(List.of("lora", "1", "1", "true"), List.of(cells).subList(0, 4));
        assertEquals(lora.get("epochs").get(1).get("loss").doubleValue(), Double.parseDouble(cells[4]));
        assertEquals(lora.get("metrics").get("f1").doubleValue(), Double.parseDouble(cells[7]));
    }

    @Test
    void report_putsMethodsSideBySide() throws IOException {
        String report = Files.readString(run.resolve("report.md"));
        assertTrue(report.startsWith("# MRPC, MiniLM\n"), report);
        assertTrue(report.contains("| lsr | 30,720 | 2,560 | 770 | 31,490 | "), report);
        assertTrue(report.contains("| lora | 73,728 | 6,144 | 770 | 74,498 | "), report);
        assertTrue(report.contains("| majority class | - | - | - | - | 0.5000 | 0.0000 | - | - |"), report);
        assertTrue(report.contains("[Learning curves](report.html)"), report);
        assertTrue(report.contains("| effective scaling | 4.0 |"), report);
        assertTrue(report.contains("| layer | γ A | γ B | ‖ΔW‖ | κ₂ | fp32 | fp16 | bf16 |"), report);
        assertTrue(report.contains("### lsr, seed 2"), report);
        assertTrue(report.contains(" ± "), report);
        assertFalse(report.contains("NaN"), report);
    }

    @Test
    void htmlReport_hasTheLearningCurvesOfBothMethods() throws IOException {
        String html = Files.readString(run.resolve("report.html"));
        assertEquals(2, html.split("<svg", -1).length - 1, html);
        assertTrue(html.contains("<title>lsr, 1: ") && html.contains("<title>lora, 1: "), html);
    }

    @Test
    void output_hasALinePerEpochAndTheTable() {
        List<String> lines = first.lines();
        assertEquals(
                1,
                lines.stream()
                        .filter(line -> line.matches("lsr seed 2 +epoch 1/1 .*"))
                        .count(),
                first.out());
        for (String method : METHODS) {
            assertEquals(
                    1,
                    lines.stream()
                            .filter(line -> line.matches(method + " seed 2 +head alone, 200 steps .*"))
                            .count(),
                    first.out());
        }
        assertTrue(lines.stream().anyMatch(line -> line.matches("method +adapters +per layer .*")), first.out());
        assertTrue(lines.stream().anyMatch(line -> line.matches("lsr +30,720 +2,560 +770 +31,490 .*")), first.out());
        assertFalse(first.out().contains("\r"), "no progress bar where nobody looks on");
    }

    @Test
    void quiet_printsTheTableOnly() {
        CommandLineRun quiet = CommandLineRun.line(
                "finetune --task mrpc --data {} --methods frozen --epochs 1 --quiet --out {}",
                data,
                parent.resolve("quiet"));
        quiet.succeeded();
        assertEquals(4, quiet.lines().size(), quiet.out());
        assertTrue(quiet.lines().get(0).startsWith("method"), quiet.out());
    }

    @Test
    void sameSeed_givesTheSameNumbersAndFilesToTheBit() throws IOException {
        Path second = parent.resolve("two");
        finetune(second, "lsr,lora,frozen", "2").succeeded();
        assertEquals(3, metrics(second).get("results").size());
        for (JsonNode result : metrics(second).get("results")) {
            JsonNode before =
                    withoutTimes(find(metrics(run), result.get("method").textValue(), 2));
            assertEquals(before, withoutTimes(result), "whatever ran before it");
        }
        for (String method : METHODS) {
            for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
                Path one = run.resolve(method + "-2").resolve(name);
                assertEquals(
                        -1, Files.mismatch(one, second.resolve(method + "-2").resolve(name)), one.toString());
                assertNotEquals(-1, Files.mismatch(one, run.resolve("lora-1").resolve(name)));
            }
        }
    }

    private static JsonNode find(JsonNode root, String method, long seed) {
        for (JsonNode result : root.get("results")) {
            if (result.get("method").textValue().equals(method)
                    && result.get("seed").longValue() == seed) {
                return result;
            }
        }
        throw new AssertionError("no result of " + method + ", seed " + seed);
    }

    private static JsonNode withoutTimes(JsonNode result) {
        ObjectNode copy = result.deepCopy();
        copy.get("epochs").forEach(epoch -> ((ObjectNode) epoch).remove("seconds"));
        return copy;
    }

    @Test
    void predictions_haveTheAccuracyThatTheRunReported() throws IOException {
        List<String> truth = new ArrayList<>();
        Path file = Files.writeString(parent.resolve("texts.tsv"), String.join("\n", evaluationTexts(truth)));
        for (String method : METHODS) {
            CommandLineRun fromFile = predict(method, List.of("--file", file.toString()));
            List<String> predicted = fromFile.lines();
            assertEquals(truth.size(), predicted.size());
            double right = IntStream.range(0, truth.size())
                    .filter(i -> predicted.get(i).split("\t")[0].equals(truth.get(i)))
                    .count();
            JsonNode metrics = find(metrics(run), method, 1).get("metrics");
            assertEquals(metrics.get("accuracy").doubleValue(), right / truth.size(), 1e-12, method);
            assertTrue(
                    predicted.stream().allMatch(line -> line.matches("(not_)?equivalent\t[01]\\.\\d{4}")),
                    fromFile.out());
        }
    }

    @Test
    void texts_areTheSameFromArgumentsFileAndStandardInput() throws IOException {
        List<String> texts = evaluationTexts(new ArrayList<>()).subList(0, 3);
        Path file = Files.writeString(parent.resolve("three.tsv"), String.join("\r\n", texts) + "\r\n");
        String fromFile = predict("lsr", List.of("--file", file.toString())).out();
        assertEquals(3, fromFile.lines().count());
        String adapter = run.resolve("lsr-1").toString();
        assertEquals(
                fromFile,
                CommandLineRun.withInput(String.join("\n", texts), List.of("predict", "--adapter", adapter))
                        .out());
        assertEquals(fromFile, predict("lsr", texts).out());
    }

    private static CommandLineRun predict(String method, List<String> texts) {
        return CommandLineRun.of(CommandLineRun.arguments("predict --adapter {}", run.resolve(method + "-1")), texts)
                .succeeded();
    }

    private static List<String> evaluationTexts(List<String> truth) throws IOException {
        List<String> texts = new ArrayList<>();
        List<String> rows = Files.readAllLines(data.resolve("dev.tsv"));
        for (String row : rows.subList(1, rows.size())) {
            String[] cells = row.split("\t");
            truth.add(cells[0].equals("1") ? "equivalent" : "not_equivalent");
            texts.add(cells[3] + "\t" + cells[4]);
        }
        return texts;
    }

    @Test
    void inspect_showsShapesScalingAndConditions() {
        String out = succeed("inspect --adapter {}", run.resolve("lsr-2")).out();
        assertTrue(out.contains("scaling     4 (= alpha)\n"), out);
        assertTrue(out.contains("mrpc, 2 classes, pairs of texts, at most 32 tokens"), out);
        assertTrue(out.contains("adapters 30,720 + head 770 = 31,490 trainable parameters"), out);
        assertEquals(
                12,
                out.lines()
                        .filter(line -> line.matches(
                                "encoder\\.layer\\.\\d\\.attention\\.self\\.\\w+ .* 2,560 +[1-4]\\.\\d{2}"))
                        .count(),
                out);
        assertEquals(
                12,
                out.lines()
                        .filter(
                                line -> line.matches(
                                        "encoder\\.layer\\.\\d\\.attention\\.self\\.\\w+ +[01]\\.\\d{3} +[01]\\.\\d{3} +\\d\\.\\d{4} +[\\d.]+( +\\de-\\d\\d|[ \\d.e-]+){7}"))
                        .count(),
                out);
        String frozen = succeed("inspect --adapter {}", run.resolve("frozen-1")).out();
        assertTrue(frozen.contains("adapters 0 + head 770 = 770 trainable parameters"), frozen);
    }

    @Test
    void reduce_showsErrorsAndMetricsAndSavesWhatPredictReads() throws IOException {
        Path out = run.resolveSibling("reduced");
        List<String> lines = succeed("reduce --adapter {} --s 16,2 --data {} --out {}", run.resolve("lsr-1"), data, out)
                .out()
                .lines()
                .toList();
        assertTrue(lines.get(0).contains("largest γ  accuracy"), lines.get(0));
        List<String> trained = cells(lines.get(1));
        List<String> same = cells(lines.get(2));
        List<String> fewer = cells(lines.get(3));
        int last = same.size() - 1;
        assertEquals(trained.get(trained.size() - 1), same.get(last), "16 orthogonal terms are the same adapter");
        assertEquals(List.of("16", "30,720", "0.0000", "0.0000", "1.000"), same.subList(0, 5));
        assertEquals("3,840", fewer.get(1));
        assertTrue(Double.parseDouble(fewer.get(2)) > 0.01, lines.get(3));
        String shown = succeed("inspect --adapter {}", out.resolve("s2")).out();
        assertTrue(shown.contains("separation rank s 2"), shown);
        assertRefused("expected an adapter of method lsr", "reduce --adapter {}", run.resolve("lora-1"));
    }

    @Test
    void convert_showsErrorsAndMetricsAndSavesWhatPredictReads() throws IOException {
        Path out = run.resolveSibling("converted");
        List<String> lines = succeed(
                        "convert --adapter {} --s 2,32 --data {} --out {}", run.resolve("lora-1"), data, out)
                .out()
                .lines()
                .toList();
        assertTrue(lines.get(0).contains("G=I mean  G=I largest  mean error  largest error  accuracy"), lines.get(0));
        List<String> trained = cells(lines.get(1));
        List<String> few = cells(lines.get(2));
        List<String> all = cells(lines.get(3));
        assertEquals("LoRA", trained.get(1));
        assertEquals(5, lines.size());
        assertTrue(lines.get(4).endsWith("s 32: no fewer parameters than LoRA's, nothing is saved"), lines.get(4));
        assertEquals("100 %", trained.get(3));
        int r = Integer.parseInt(trained.get(0));
        assertEquals(List.of(trained.get(0), "2"), few.subList(0, 2));
        assertTrue(Double.parseDouble(few.get(6)) > 0.01, lines.get(2));
        assertTrue(
                Double.parseDouble(few.get(6)) < Double.parseDouble(few.get(4)), "better than G = I: " + lines.get(2));
        assertEquals(
                List.of("0.0000", "0.0000", "0.0000", "0.0000"), all.subList(4, 8), "32 terms are exact at r = " + r);
        assertEquals(trained.get(trained.size() - 1), all.get(all.size() - 1), "the same update, the same metric");
        String shown = succeed("inspect --adapter {}", out.resolve("s2")).out();
        assertTrue(shown.contains("separation rank s 2"), shown);
        assertRefused(
                "lsr-1: is not a LoRA adapter, expected one of method lora",
                "convert --adapter {}",
                run.resolve("lsr-1"));
    }

    private static List<String> cells(String line) {
        return List.of(line.trim().split(" {2,}"));
    }

    @Test
    void rank_beyondTheLayers_isRefusedBeforeTheRunCanBeResumed() {
        Path out = parent.resolve("runs/absurd");
        CommandLineRun refused = CommandLineRun.line(
                        "finetune --model minilm --task mrpc --data {} --methods lsr --r 100000 --max-length 32 --out {}",
                        data,
                        out)
                .refused("bottleneck rank r is 100000 between 384 and 384 features");
        assertFalse(refused.out().contains("--resume"), refused.out());
        assertFalse(Files.exists(out));
    }

    @Test
    void finetune_lowPrecisionWatched_leavesReadingsAndPicture() throws IOException {
        Path out = parent.resolve("runs/watched");
        succeed(
                "finetune --model minilm --task mrpc --data {} --methods lsr --epochs 1 --batch 4 "
                        + "--max-length 32 --out {} --precision bf16 --monitor re-orthogonalize --monitor-every 4 "
                        + "--epsilon 1e-4",
                data,
                out);
        List<String> rows = Files.readAllLines(out.resolve("condition.csv"));
        assertEquals("method,seed,step,layer,side,gamma,norm,error,exceeded", rows.get(0));
        assertEquals(1 + 3 * 24, rows.size(), "steps 0, 4 and 8");
        String[] first = rows.get(1).split(",");
        assertEquals("encoder.layer.0.attention.self.query", first[3]);
        assertTrue(Double.parseDouble(first[5]) > 0.5 && first[8].equals("true"), rows.get(1));
        assertTrue(Files.readString(out.resolve("report.html")).contains("Largest γ of A and of B"));
        String report = Files.readString(out.resolve("report.md"));
        assertTrue(report.contains("| precision of the adapters | bf16 |"), report);
        assertTrue(report.contains(" of 72 readings exceeded the bound, "), report);
    }

    @Test
    void inspect_savedAdapter_showsTheWorstLayerFirstAndDrawsIt() throws IOException {
        Path picture = parent.resolve("condition.svg");
        String out = succeed("inspect --adapter {} --picture {}", run.resolve("lsr-1"), picture)
                .out();
        assertTrue(Files.readString(picture).startsWith("<svg"));
        List<Double> errors = out.lines()
                .dropWhile(line -> !line.contains("fp16"))
                .skip(1)
                .limit(12)
                .map(line -> Double.parseDouble(line.trim().split("\\s+")[6]))
                .toList();
        assertEquals(12, errors.size(), out);
        assertEquals(errors.stream().sorted(Comparator.reverseOrder()).toList(), errors);
    }

    @Test
    void quantize_savedAdapter_showsErrorsWithinTheBounds() {
        List<String> lines = succeed(
                        "quantize --adapter {} --data {} --to fp16,int8,int4 --layers", run.resolve("lsr-1"), data)
                .lines();
        assertTrue(lines.get(0).trim().startsWith("format"), lines::toString);
        String[] trained = lines.get(1).trim().split(" {2,}");
        assertEquals("122,880", trained[1], "four bytes each");
        double before = 0;
        for (String line : lines.subList(2, 5)) {
            String[] cells = line.trim().split(" {2,}");
            double largest = Double.parseDouble(cells[3]);
            assertTrue(largest > before, "each format is coarser than the one before: " + lines);
            before = largest;
            assertTrue(
                    Double.parseDouble(cells[5]) < Math.sqrt(2) * 1.1,
                    "the paper's form, up to the root of d: " + line);
            assertTrue(Double.parseDouble(cells[6]) <= 1, "the worst case: " + line);
        }
        assertEquals(5 + 3 * 12, lines.size());
    }
}
