package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

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
        succeed(
                "finetune --task images --model {} --data {} --out {} --methods frozen,lsr --epochs 4 "
                        + "--batch 8 --flip --crop 0.8 --quiet",
                model,
                pictures,
                run);
    }

    private static List<String> predicted(String line, Object... values) {
        return succeed(line, values).lines();
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
        List<String> lines = predicted("reduce --adapter {}/lsr-1 --s 2", run);
        assertTrue(lines.contains("no metrics: task images (classification) has no official data"), lines.toString());
        assertRefused(
                "--dev .: the adapter's task images (classification) is not measured here",
                "reduce --adapter {} --dev .",
                run + "/lsr-1");
    }

    @Test
    void predict_mergedAndImported_saysTheSame() {
        List<String> expected = predicted("predict --adapter {}/lsr-1 --images {} {}", run, left, right);
        assertEquals(2, expected.size());
        List<String> all = predicted("predict --adapter {}/lsr-1 --probabilities --images {} {}", run, left, right);
        for (int i = 0; i < 2; i++) {
            String[] cells = expected.get(i).split("\t");
            assertTrue(
                    all.get(i)
                            .matches(Pattern.quote(cells[0] + "\t" + cells[1]) + "\t(left|right)\t0\\.\\d{4}\t"
                                    + Pattern.quote(cells[2])),
                    all.get(i));
        }
        String json = predicted("predict --adapter {}/lsr-1 --json --images {}", run, left)
                .get(0);
        assertTrue(
                json.matches("\\{\"image\":\".*0\\.png\",\"label\":\"(left|right)\",\"probability\":0\\.\\d+}"), json);
        assertTrue(expected.get(0).matches("(left|right)\t0\\.\\d{4}\t.*0\\.png"), expected.get(0));
        assertEquals(
                expected,
                predicted("predict --adapter {}/lsr-1 --adapter {}/lsr-1 --images {} {}", run, run, left, right));
        assertSameMergedAndImported("vit", model, run + "/lsr-1", expected);
    }

    private static void assertSameMergedAndImported(String name, String base, String adapter, List<String> expected) {
        String merged = folder.resolve(name + "-merged").toString();
        succeed("merge --adapter {} --out {}", adapter, merged);
        assertEquals(expected, predicted("predict --model {} --images {} {}", merged, left, right));
        assertFalse(Files.exists(Path.of(merged, "tokenizer.json")));
        String peft = folder.resolve(name + "-peft").toString();
        succeed("export --adapter {} --to peft --out {}", adapter, peft);
        String imported = folder.resolve(name + "-imported").toString();
        succeed(
                "import --from {} --format peft --model {} --task images --labels left,right --out {}",
                peft,
                base,
                imported);
        assertEquals(expected, predicted("predict --adapter {} --images {} {}", imported, left, right));
    }

    @ParameterizedTest
    @CsvSource({"dinov2, attention.q_proj", "dinov2-registers-interpolated, mlp.gate_proj"})
    void dinov2_mergedAndImported_saysTheSame(String name, String module) throws IOException {
        String base = SmallImages.dinov2(name, folder.resolve(name)).toString();
        String out = folder.resolve(name + "-run").toString();
        succeed(
                "finetune --task images --model {} --data {} --out {} --methods lsr --targets all-linear "
                        + "--epochs 2 --batch 8 --quiet",
                base,
                folder.resolve("pictures"),
                out);
        List<String> expected = predicted("predict --adapter {}/lsr-1 --images {} {}", out, left, right);
        assertSameMergedAndImported(name, base, out + "/lsr-1", expected);
        String config = Files.readString(folder.resolve(name + "-peft/adapter_config.json"));
        assertTrue(config.contains("\"encoder.layer.0." + module + "\""), config);
    }

    @Test
    void export_namesModulesAsTransformersDoes() throws IOException {
        String peft = folder.resolve("named").toString();
        succeed("export --adapter {} --to peft --out {}", run + "/lsr-1", peft);
        String config = Files.readString(Path.of(peft, "adapter_config.json"));
        assertTrue(config.contains("\"layers.0.attention.q_proj\""), config);
        assertTrue(config.contains("\"modules_to_save\" : [ \"classifier\" ]"), config);
        assertFalse(config.contains("task_type"), config);
    }

    @Test
    void plan_ofAnImageModel_countsMemory() {
        String plan = succeed("plan --model {} --budget 2000", model).out();
        assertTrue(plan.contains("recommended"), plan);
    }

    @Test
    void zeroShot_labelsAndTemplates_areOfTheModelAsItIs() {
        String clip = Path.of("src/transformers/src/test/resources/golden/families/clip")
                .toString();
        List<String> lines = predicted(
                "zero-shot --model {} --labels cat,dog --template {} {} {}", clip, "a photo of a {}", left, right);
        assertEquals(2, lines.size());
        assertTrue(lines.get(1).matches("(cat|dog)\t0\\.\\d{4}\t.*1\\.jpg"), lines.get(1));
        assertRefused("expected at least two different ones", "zero-shot --model {} --labels cat {}", clip, left);
        assertRefused("expected one of two towers: clip", "zero-shot --model {} --labels a,b {}", model, left);
    }

    @Test
    void resume_onOtherEvaluationPicturesOfTheSameNames_isRefused() throws IOException {
        Path pictures = folder.resolve("exchanged");
        SmallImages.write(pictures.resolve("train"), 4);
        SmallImages.write(pictures.resolve("val"), 2);
        String stopped = folder.resolve("stopped").toString();
        assertRefused(
                "training diverged",
                "finetune --task images --model {} --data {} --out {} --methods lsr --lr 1e20 --warmup 0"
                        + " --epochs 2 --batch 4 --save-every 1",
                model,
                pictures,
                stopped);
        Path changed = pictures.resolve("val/left/0.png");
        Files.write(changed, Files.readAllBytes(pictures.resolve("val/right/0.png")));
        assertRefused("is of a training whose evaluation data is", "finetune --resume {}", stopped);
    }

    @Test
    void badInput_isExplainedInALine() {
        assertRefused("reads images, expected --images FILE", "predict --adapter {}/lsr-1 hello", run);
        assertRefused("there is no such file", "predict --adapter {}/lsr-1 --images nowhere.png", run);
        assertRefused("reads images", "tokenize --adapter {}/lsr-1 hello", run);
        assertRefused("no --data, expected --data DIR", "finetune --task images --model {}", model);
        assertRefused("--flip: found no --task, expected --task with it: images", "finetune --flip");
        assertRefused(
                "reads texts, expected one that reads images",
                "finetune --task images --data {} --out {}",
                folder.resolve("pictures"),
                folder.resolve("none"));
        assertRefused(
                "least area 2.0, expected above 0 and up to 1",
                "finetune --task images --data {} --crop 2 --model {}",
                folder.resolve("pictures"),
                model);
    }
}
