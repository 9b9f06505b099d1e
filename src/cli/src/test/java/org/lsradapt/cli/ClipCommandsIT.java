package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.cli.CommandLineRun.assertRefused;
import static org.lsradapt.cli.CommandLineRun.succeed;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.finetuning.SmallImages;
import org.lsradapt.tasks.images.CaptionData;
import org.lsradapt.tasks.images.ImageTextEmbedder;
import org.lsradapt.tasks.images.LabelledImage;

/** CLIP from pictures with captions, or of classes, to adapters and what is done with them. */
class ClipCommandsIT {
    @TempDir
    static Path folder;

    private static String clip;
    private static Path pictures;
    private static Path captions;
    private static String byCaptions;
    private static String byClasses;
    private static String left;
    private static String right;

    @BeforeAll
    static void finetune() throws IOException {
        clip = SmallImages.clip(folder.resolve("clip")).toString();
        pictures = folder.resolve("pictures");
        List<String> lines = new ArrayList<>();
        for (LabelledImage image : SmallImages.write(pictures, 20)) {
            String path = folder.relativize(image.image()).toString().replace('\\', '/');
            lines.add("{\"image\": \"" + path + "\", \"caption\": \"" + image.label() + " "
                    + image.image().getFileName() + "\"}");
        }
        captions = Files.write(folder.resolve("captions.jsonl"), lines);
        left = pictures.resolve("left/0.png").toString();
        right = pictures.resolve("right/1.jpg").toString();
        byCaptions = folder.resolve("captions").toString();
        byClasses = folder.resolve("classes").toString();
        succeed(
                "finetune --task images --model {} --data {} --out {} --methods lora,lsr --epochs 2 "
                        + "--batch 12 --seed 1,2 --quiet",
                clip,
                captions,
                byCaptions);
        succeed(
                "finetune --task images --model {} --data {} --out {} --template {} --epochs 12 --batch "
                        + "16 --lr 0.005 --targets vision_model:all-linear --quiet",
                clip,
                pictures,
                byClasses,
                "a photo of a {}");
    }

    private static JsonNode metrics(String run) throws IOException {
        return new JsonMapper().readTree(Path.of(run, "metrics.json").toFile());
    }

    @Test
    void finetune_onCaptions_measuresRecallOfEachMethodAndSeed() throws IOException {
        JsonNode metrics = metrics(byCaptions);
        assertTrue(metrics.path("base_metrics").has("image_recall@5"), metrics.toPrettyString());
        assertEquals(4, metrics.path("results").size());
        for (JsonNode result : metrics.path("results")) {
            assertTrue(result.toString().contains("\"mean_recall\""), result.toPrettyString());
        }
        assertTrue(Files.isRegularFile(Path.of(byCaptions, "lora-2", "adapter_model.safetensors")));
        String config = Files.readString(Path.of(byCaptions, "lsr-1", "adapter_config.json"));
        assertTrue(config.contains("\"model_type\" : \"clip\""), config);
        assertTrue(config.contains("text_model.encoder.layers.0.self_attn.q_proj"), config);
        assertTrue(config.contains("vision_model.encoder.layers.2.self_attn.v_proj"), config);
        assertTrue(config.contains("\"kind\" : \"image_text\""), config);
    }

    @Test
    void finetune_onCaptions_withHoldOut_measuresTheEvaluationCaptionsOnce() throws IOException {
        String run = folder.resolve("held-out").toString();
        succeed(
                "finetune --task images --model {} --data {} --dev {} --out {} --methods lsr --epochs 2 "
                        + "--batch 12 --hold-out 0.2 --quiet",
                clip,
                captions,
                captions,
                run);
        JsonNode result = metrics(run).at("/results/0");
        try (ImageTextEmbedder embedder = ImageTextEmbedder.load(Path.of(run, "lsr-1"))) {
            double measured = embedder.recall(
                            CaptionData.of(captions).dev(captions).read().evaluation())
                    .get("mean_recall");
            assertEquals(measured, result.at("/metrics/mean_recall").doubleValue(), 1e-6);
            JsonNode interval = result.at("/intervals/mean_recall");
            assertTrue(
                    interval.at("/0").doubleValue() < measured
                            && measured < interval.at("/1").doubleValue(),
                    () -> measured + " " + result);
        }
        assertTrue(result.at("/held_out_metrics/mean_recall").isNumber(), result.toString());
    }

    @Test
    void finetune_onClasses_leavesAClassifierByTexts() throws IOException {
        String report = Files.readString(Path.of(byClasses, "report.md"));
        assertTrue(report.contains("## Confusion matrix\n"), report);
        assertTrue(report.contains("base model"), report);
        assertTrue(report.contains("a photo of a {}"), report);
        String config = Files.readString(Path.of(byClasses, "lsr-1", "adapter_config.json"));
        assertTrue(!config.contains("text_model") && config.contains("vision_model.encoder.layers.0.mlp.fc1"), config);
        List<String> expected = lines("predict --adapter {}/lsr-1 --images {} {}", byClasses, left, right);
        assertTrue(expected.get(0).startsWith("left\t") && expected.get(1).startsWith("right\t"), expected.toString());
        assertEquals(expected, lines("zero-shot --adapter {}/lsr-1 {} {}", byClasses, left, right));
        assertEquals(
                expected,
                lines(
                        "zero-shot --model {} --adapter {}/lsr-1 --labels left,right --template {} {} {}",
                        clip,
                        byClasses,
                        "a photo of a {}",
                        left,
                        right));
        assertEquals(
                expected, lines("predict --adapter {}/lsr-1 --model {} --images {} {}", byClasses, clip, left, right));
    }

    @Test
    void zeroShot_withAnAdapterOfCaptions_wantsLabels() {
        assertEquals(
                2,
                lines("zero-shot --adapter {}/lora-1 --labels left,right {} {}", byCaptions, left, right)
                        .size());
        assertRefused("no labels: expected --labels", "zero-shot --adapter {}/lsr-1 {}", byCaptions, left);
        assertRefused("has no classes; use zero-shot", "predict --adapter {}/lsr-1 --images {}", byCaptions, left);
        assertRefused("no model: expected --model FOLDER", "zero-shot --labels a,b {}", left);
    }

    @Test
    void merged_isAModelByItself() throws IOException {
        List<String> expected =
                lines("zero-shot --adapter {}/lsr-2 --labels left,right {} {}", byCaptions, left, right);
        Path merged = folder.resolve("merged");
        String said = succeed("merge --adapter {} --out {}", byCaptions + "/lsr-2", merged)
                .out();
        assertTrue(said.contains("merged 10 adapted layers into " + clip + ", f32, images and texts"), said);
        assertEquals(expected, lines("zero-shot --model {} --labels left,right {} {}", merged, left, right));
        for (String copied : List.of("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json")) {
            assertArrayEquals(
                    Files.readAllBytes(Path.of(clip, copied)), Files.readAllBytes(merged.resolve(copied)), copied);
        }
        Path half = folder.resolve("half");
        succeed("merge --adapter {} --dtype bf16 --out {}", byCaptions + "/lsr-2", half);
        JsonNode config = new JsonMapper().readTree(half.resolve("config.json").toFile());
        assertEquals("bfloat16", config.path("torch_dtype").asText());
        assertEquals("[\"CLIPModel\"]", config.path("architectures").toString());
        assertTrue(
                Files.size(half.resolve("model.safetensors")) < 0.7 * Files.size(merged.resolve("model.safetensors")));
        assertEquals(
                2,
                lines("zero-shot --model {} --labels left,right {} {}", half, left, right)
                        .size());
        assertRefused(
                "its format is transformers",
                "merge --adapter {}/lsr-2 --format onnx --out {}",
                byCaptions,
                folder.resolve("no"));
    }

    @Test
    void reducedQuantizedAndConverted_staysAnAdapterOfTheModel() {
        String reduced = folder.resolve("reduced").toString();
        String table = succeed("reduce --adapter {} --s 8 --out {}", byCaptions + "/lsr-1", reduced)
                .out();
        assertTrue(table.contains("no metrics: task images (image_text)"), table);
        String quantized = folder.resolve("quantized").toString();
        succeed("quantize --adapter {} --to int8 --out {}", byClasses + "/lsr-1", quantized);
        String converted = folder.resolve("converted").toString();
        succeed("convert --adapter {} --s 4 --out {}", byCaptions + "/lora-1", converted);
        for (String adapter : List.of(reduced + "/s8", quantized + "/int8", converted + "/s4")) {
            assertEquals(
                    2,
                    lines("zero-shot --adapter {} --labels left,right {} {}", adapter, left, right)
                            .size());
        }
        List<String> exact = lines("predict --adapter {}/lsr-1 --images {} {}", byClasses, left, right);
        List<String> rounded = lines("predict --adapter {}/int8 --images {} {}", quantized, left, right);
        for (int i = 0; i < exact.size(); i++) {
            assertEquals(exact.get(i).split("\t")[0], rounded.get(i).split("\t")[0]);
        }
    }

    @Test
    void exportedAndImported_saysTheSame() throws IOException {
        List<String> expected = lines("predict --adapter {}/lsr-1 --images {} {}", byClasses, left, right);
        String peft = folder.resolve("peft").toString();
        succeed("export --adapter {} --to peft --out {}", byClasses + "/lsr-1", peft);
        JsonNode config =
                new JsonMapper().readTree(Path.of(peft, "adapter_config.json").toFile());
        assertFalse(config.has("task_type"), config.toString());
        assertEquals(
                "vision_model.encoder.layers.0.self_attn.q_proj",
                config.path("target_modules").get(0).asText());
        String imported = folder.resolve("imported").toString();
        succeed(
                "import --from {} --model {} --labels left,right --template {} --out {}",
                peft,
                clip,
                "a photo of a {}",
                imported);
        assertEquals(expected, lines("predict --adapter {} --images {} {}", imported, left, right));
        String both = folder.resolve("both").toString();
        String again = folder.resolve("again").toString();
        succeed("export --adapter {} --to peft --out {}", byCaptions + "/lora-1", both);
        succeed("import --from {} --model {} --out {}", both, clip, again);
        assertEquals(
                lines("zero-shot --adapter {}/lora-1 --labels a,b {} {}", byCaptions, left, right),
                lines("zero-shot --adapter {} --labels a,b {} {}", again, left, right));
        assertRefused(
                "expected --labels and --template, or neither",
                "import --from {} --model {} --labels a,b --out {}",
                both,
                clip,
                folder.resolve("no"));
    }

    @Test
    void finetune_withoutATemplate_makesAClassifierOfTheTowerOfImages() throws IOException {
        String run = folder.resolve("classifier").toString();
        succeed(
                "finetune --task images --model {} --data {} --out {} --methods frozen,lsr --epochs 4 "
                        + "--batch 8 --quiet",
                clip,
                pictures,
                run);
        List<String> expected = lines("predict --adapter {}/lsr-1 --images {} {}", run, left, right);
        assertTrue(expected.get(0).matches("(left|right)\t[01]\\.\\d{4}\t.*0\\.png"), expected.get(0));
        String config = Files.readString(Path.of(run, "lsr-1", "adapter_config.json"));
        assertTrue(config.contains("\"model_type\" : \"clip_vision_model\""), config);
        String vision = SmallImages.clipVision(folder.resolve("vision")).toString();
        assertEquals(
                expected,
                lines("predict --adapter {}/lsr-1 --model {} --images {} {}", run, vision, left, right),
                "the tower by itself is the same model");
        String merged = folder.resolve("merged-classifier").toString();
        succeed("merge --adapter {} --out {}", run + "/lsr-1", merged);
        assertEquals(expected, lines("predict --model {} --images {} {}", merged, left, right));
        String alone = folder.resolve("merged-alone").toString();
        succeed("merge --adapter {} --model {} --out {}", run + "/lsr-1", vision, alone);
        assertEquals(expected, lines("predict --model {} --images {} {}", alone, left, right));
        String peft = folder.resolve("peft-classifier").toString();
        succeed("export --adapter {} --to peft --out {}", run + "/lsr-1", peft);
        String imported = folder.resolve("imported-classifier").toString();
        succeed("import --from {} --model {} --task images --labels left,right --out {}", peft, clip, imported);
        assertEquals(expected, lines("predict --adapter {} --images {} {}", imported, left, right));
        assertRefused(
                "--template {}: expected with a model of two towers",
                "import --from {} --model {} --task images --labels left,right --template {} --out {}",
                peft,
                clip,
                "{}",
                folder.resolve("no"));
        assertRefused(
                "reads images, expected one that reads texts",
                "finetune --model {} --out {}",
                clip,
                folder.resolve("no"));
    }

    @Test
    void inspect_saysWhatItIs() {
        String card = succeed("inspect --adapter {}", byCaptions + "/lsr-1").out();
        assertTrue(card.contains("images and texts"), card);
    }

    @Test
    void zeroShot_keepsTheBaseModelAsTheAdapterWasTrained() throws IOException {
        String run = folder.resolve("bf16").toString();
        succeed(
                "finetune --task images --model {} --data {} --out {} --template {} --epochs 1 --methods "
                        + "lsr --base-precision bf16",
                clip,
                pictures,
                run,
                "a photo of a {}");
        String adapter = run + "/lsr-1";
        List<String> kept = lines("predict --adapter {} --images {} {}", adapter, left, right);
        assertTrue(CommandLineRun.line("predict --adapter {} --adapter {} --images {}", adapter, adapter, left)
                .err()
                .contains("compares images with texts, which cannot be averaged, expected one --adapter"));
        List<String> full = lines("predict --adapter {} --base-precision f32 --images {} {}", adapter, left, right);
        assertNotEquals(kept, full);
        assertEquals(kept, lines("zero-shot --adapter {} {} {}", adapter, left, right));
        assertEquals(kept, lines("zero-shot --adapter {} --model {} {} {}", adapter, clip, left, right));
        assertEquals(
                full,
                lines("zero-shot --adapter {} --model {} --base-precision f32 {} {}", adapter, clip, left, right));
        assertEquals(full, lines("zero-shot --adapter {} --base-precision f32 {} {}", adapter, left, right));
    }

    @Test
    void adapter_onAnotherModel_isRefused() throws IOException {
        Path other = SmallImages.clip(folder.resolve("other"));
        SmallImages.change(other, "visual_projection.weight", 0.25);
        String options = " --model {} --adapter {}/lsr-1 ";
        for (String command : List.of("zero-shot" + options + "{}", "predict" + options + "--images {}")) {
            assertRefused("but model " + other + " has fingerprint", command, other, byClasses, left);
        }
    }

    @Test
    void badInput_isExplainedInALine() throws IOException {
        String start = "finetune --task images --out {} --model {} --data {}";
        Path none = folder.resolve("none");
        Path missing = folder.resolve("missing.jsonl");
        Files.writeString(
                missing,
                "{\"image\": \"pictures/left/0.png\", \"caption\": \"a\"}\n{\"image\": \"no.png\", \"caption\": \"b\"}\n");
        assertRefused("line 2: field \"image\" is \"no.png\", but there is no file", start, none, clip, missing);
        Path csv = Files.writeString(
                folder.resolve("rows.csv"), "picture,text\npictures/left/0.png,one\nnowhere.png,two\n");
        assertRefused(
                "line 3: column \"picture\" is \"nowhere.png\", but there is no file",
                start + " --image picture --caption text",
                none,
                clip,
                csv);
        assertRefused("found --caption and the folder", start + " --caption text", none, clip, pictures);
        assertRefused(
                "found --caption together with --label or --template",
                start + " --caption caption --template {}",
                none,
                clip,
                captions,
                "{}");
        assertRefused("template \"a photo\" has no {}", start + " --template {}", none, clip, pictures, "a photo");
        String vit = SmallImages.model(folder.resolve("vit")).toString();
        assertRefused("found vit, expected one of two towers: clip", start, none, vit, captions);
        assertRefused(
                "method frozen trains the head alone, and task images has no head",
                start + " --template {} --methods frozen",
                none,
                clip,
                pictures,
                "{}");
        assertRefused(
                "class weights: the training of task images has none, expected a classification by a head",
                start + " --template {} --class-weights balanced",
                none,
                clip,
                pictures,
                "{}");
        assertRefused(
                "begins with 'vision.' and ends with 'q_proj'",
                start + " --targets vision:q_proj",
                none,
                clip,
                captions);
        assertRefused("reads images, expected one that reads texts", "embed --model {} hello", clip);
        assertRefused("--template: found no --task, expected --task with it: images", "finetune --template {}", "{}");
    }

    private static List<String> lines(String line, Object... values) {
        return succeed(line, values).lines();
    }
}
