package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lsradapt.finetuning.SmallImages;

/** From a folder of pictures to a classifier, predictions and a model that needs no adapter. */
class ImageCommandsIT {
    @TempDir
    static Path folder;

    private static String model;
    private static String run;
    private static String left;
    private static String right;

    @BeforeAll
    static void finetune() throws IOException {
        model = SmallImages.model(folder.resolve("vit")).toString();
        Path pictures = folder.resolve("pictures");
        SmallImages.write(pictures, 20);
        run = folder.resolve("run").toString();
        left = pictures.resolve("left/0.png").toString();
        right = pictures.resolve("right/1.jpg").toString();
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --out {} --methods frozen,lsr --epochs 4 "
                                + "--batch 8 --flip --crop 0.8 --quiet",
                        model,
                        pictures,
                        run)
                .succeeded();
    }

    private static List<String> predicted(String... arguments) {
        return CommandLineRun.of(arguments).succeeded().lines();
    }

    @Test
    void finetune_leavesPicturesForPeople() throws IOException {
        String report = Files.readString(Path.of(run, "report.md"));
        assertTrue(report.contains("## Confusion matrix\n"), report);
        assertTrue(report.contains("[Example images](report.html)"), report);
        String html = Files.readString(Path.of(run, "report.html"));
        assertTrue(html.contains("class=\"wide matrix\"") && html.contains("src=\"data:image/png;base64,"), html);
        assertTrue(report.contains("majority class"), report);
        assertTrue(report.contains("| crop |"), report);
    }

    @Test
    void reduce_ofAClassifierOfImages_hasNoMetrics_andRefusesTables() {
        List<String> lines = predicted("reduce", "--adapter", run + "/lsr-1", "--s", "2");
        assertTrue(lines.contains("no metrics: task images (classification) has no official data"), lines.toString());
        CommandLineRun refused = CommandLineRun.line("reduce --adapter {} --dev .", run + "/lsr-1");
        assertEquals(2, refused.code());
        assertTrue(
                refused.err()
                        .startsWith("error: --dev .: the adapter's task images (classification) is not measured here"),
                refused.err());
    }

    @Test
    void predict_mergedAndImported_saysTheSame() {
        List<String> expected = predicted("predict", "--adapter", run + "/lsr-1", "--images", left, right);
        assertEquals(2, expected.size());
        List<String> all =
                predicted("predict", "--adapter", run + "/lsr-1", "--probabilities", "--images", left, right);
        for (int i = 0; i < 2; i++) {
            String[] cells = expected.get(i).split("\t");
            assertTrue(
                    all.get(i)
                            .matches(Pattern.quote(cells[0] + "\t" + cells[1]) + "\t(left|right)\t0\\.\\d{4}\t"
                                    + Pattern.quote(cells[2])),
                    all.get(i));
        }
        String json = predicted("predict", "--adapter", run + "/lsr-1", "--json", "--images", left)
                .get(0);
        assertTrue(
                json.matches("\\{\"image\":\".*0\\.png\",\"label\":\"(left|right)\",\"probability\":0\\.\\d+}"), json);
        assertTrue(expected.get(0).matches("(left|right)\t0\\.\\d{4}\t.*0\\.png"), expected.get(0));
        String[] twice = {"predict", "--adapter", run + "/lsr-1", "--adapter", run + "/lsr-1", "--images", left, right};
        assertEquals(expected, predicted(twice));
        assertSameMergedAndImported("vit", model, run + "/lsr-1", expected);
    }

    private static void assertSameMergedAndImported(String name, String base, String adapter, List<String> expected) {
        String merged = folder.resolve(name + "-merged").toString();
        CommandLineRun.line("merge --adapter {} --out {}", adapter, merged).succeeded();
        assertEquals(expected, predicted("predict", "--model", merged, "--images", left, right));
        assertFalse(Files.exists(Path.of(merged, "tokenizer.json")));
        String peft = folder.resolve(name + "-peft").toString();
        CommandLineRun.line("export --adapter {} --to peft --out {}", adapter, peft)
                .succeeded();
        String imported = folder.resolve(name + "-imported").toString();
        CommandLineRun.line(
                        "import --from {} --format peft --model {} --task images --labels left,right --out {}",
                        peft,
                        base,
                        imported)
                .succeeded();
        assertEquals(expected, predicted("predict", "--adapter", imported, "--images", left, right));
    }

    @ParameterizedTest
    @CsvSource({"dinov2, attention.q_proj", "dinov2-registers-interpolated, mlp.gate_proj"})
    void dinov2_mergedAndImported_saysTheSame(String name, String module) throws IOException {
        String base = SmallImages.dinov2(name, folder.resolve(name)).toString();
        String out = folder.resolve(name + "-run").toString();
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --out {} --methods lsr --targets all-linear "
                                + "--epochs 2 --batch 8 --quiet",
                        base,
                        folder.resolve("pictures"),
                        out)
                .succeeded();
        List<String> expected = predicted("predict", "--adapter", out + "/lsr-1", "--images", left, right);
        assertSameMergedAndImported(name, base, out + "/lsr-1", expected);
        String config = Files.readString(folder.resolve(name + "-peft/adapter_config.json"));
        assertTrue(config.contains("\"encoder.layer.0." + module + "\""), config);
    }

    @Test
    void export_namesModulesAsTransformersDoes() throws IOException {
        String peft = folder.resolve("named").toString();
        CommandLineRun.line("export --adapter {} --to peft --out {}", run + "/lsr-1", peft)
                .succeeded();
        String config = Files.readString(Path.of(peft, "adapter_config.json"));
        assertTrue(config.contains("\"layers.0.attention.q_proj\""), config);
        assertTrue(config.contains("\"modules_to_save\" : [ \"classifier\" ]"), config);
        assertFalse(config.contains("task_type"), config);
    }

    @Test
    void plan_ofAnImageModel_countsMemory() {
        String plan = CommandLineRun.line("plan --model {} --budget 2000", model)
                .succeeded()
                .out();
        assertTrue(plan.contains("recommended"), plan);
    }

    @Test
    void zeroShot_labelsAndTemplates_areOfTheModelAsItIs() {
        String clip = Path.of("src/transformers/src/test/resources/golden/families/clip")
                .toString();
        List<String> lines = predicted(
                "zero-shot", "--model", clip, "--labels", "cat,dog", "--template", "a photo of a {}", left, right);
        assertEquals(2, lines.size());
        assertTrue(lines.get(1).matches("(cat|dog)\t0\\.\\d{4}\t.*1\\.jpg"), lines.get(1));
        assertError("expected at least two different ones", "zero-shot", "--model", clip, "--labels", "cat", left);
        assertError("expected one of two towers: clip", "zero-shot", "--model", model, "--labels", "a,b", left);
    }

    @Test
    void resume_onOtherEvaluationPicturesOfTheSameNames_isRefused() throws IOException {
        Path pictures = folder.resolve("exchanged");
        SmallImages.write(pictures.resolve("train"), 4);
        SmallImages.write(pictures.resolve("val"), 2);
        String stopped = folder.resolve("stopped").toString();
        assertError(
                "training diverged",
                "finetune",
                "--task",
                "images",
                "--model",
                model,
                "--data",
                pictures.toString(),
                "--out",
                stopped,
                "--methods",
                "lsr",
                "--lr",
                "1e20",
                "--warmup",
                "0",
                "--epochs",
                "2",
                "--batch",
                "4",
                "--save-every",
                "1");
        Path changed = pictures.resolve("val/left/0.png");
        Files.write(changed, Files.readAllBytes(pictures.resolve("val/right/0.png")));
        assertError("is of a training whose evaluation data is", "finetune", "--resume", stopped);
    }

    @Test
    void badInput_isExplainedInALine() {
        assertError("reads images, expected --images FILE", "predict", "--adapter", run + "/lsr-1", "hello");
        assertError("there is no such file", "predict", "--adapter", run + "/lsr-1", "--images", "nowhere.png");
        assertError("reads images", "tokenize", "--adapter", run + "/lsr-1", "hello");
        assertError("no --data, expected --data DIR", "finetune", "--task", "images", "--model", model);
        assertError("--flip: found no --task, expected --task with it: images", "finetune", "--flip");
        assertError(
                "reads texts, expected one that reads images",
                "finetune",
                "--task",
                "images",
                "--data",
                folder.resolve("pictures").toString(),
                "--out",
                folder.resolve("none").toString());
        assertError(
                "least area 2.0, expected above 0 and up to 1",
                "finetune",
                "--task",
                "images",
                "--data",
                folder.resolve("pictures").toString(),
                "--crop",
                "2",
                "--model",
                model);
    }

    private static void assertError(String message, String... arguments) {
        CommandLineRun done = CommandLineRun.of(arguments);
        assertEquals(2, done.code(), done.err());
        assertTrue(done.err().contains(message), done.err());
    }
}
