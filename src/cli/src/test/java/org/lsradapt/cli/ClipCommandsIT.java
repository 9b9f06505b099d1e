package org.lsradapt.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --out {} --methods lora,lsr --epochs 2 "
                                + "--batch 12 --seed 1,2 --quiet",
                        clip,
                        captions,
                        byCaptions)
                .succeeded();
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --out {} --template {} --epochs 12 --batch "
                                + "16 --lr 0.005 --targets vision_model:all-linear --quiet",
                        clip,
                        pictures,
                        byClasses,
                        "a photo of a {}")
                .succeeded();
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
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --dev {} --out {} --methods lsr --epochs 2 "
                                + "--batch 12 --hold-out 0.2 --quiet",
                        clip,
                        captions,
                        captions,
                        run)
                .succeeded();
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
        List<String> expected = lines("predict", "--adapter", byClasses + "/lsr-1", "--images", left, right);
        assertTrue(expected.get(0).startsWith("left\t") && expected.get(1).startsWith("right\t"), expected.toString());
        assertEquals(expected, lines("zero-shot", "--adapter", byClasses + "/lsr-1", left, right));
        assertEquals(
                expected,
                lines(
                        "zero-shot",
                        "--model",
                        clip,
                        "--adapter",
                        byClasses + "/lsr-1",
                        "--labels",
                        "left,right",
                        "--template",
                        "a photo of a {}",
                        left,
                        right));
        assertEquals(
                expected,
                lines("predict", "--adapter", byClasses + "/lsr-1", "--model", clip, "--images", left, right));
    }

    @Test
    void zeroShot_withAnAdapterOfCaptions_wantsLabels() {
        assertEquals(
                2,
                lines("zero-shot", "--adapter", byCaptions + "/lora-1", "--labels", "left,right", left, right)
                        .size());
        assertError("no labels: expected --labels", "zero-shot", "--adapter", byCaptions + "/lsr-1", left);
        assertError("has no classes; use zero-shot", "predict", "--adapter", byCaptions + "/lsr-1", "--images", left);
        assertError("no model: expected --model FOLDER", "zero-shot", "--labels", "a,b", left);
    }

    @Test
    void merged_isAModelByItself() throws IOException {
        List<String> expected =
                lines("zero-shot", "--adapter", byCaptions + "/lsr-2", "--labels", "left,right", left, right);
        Path merged = folder.resolve("merged");
        String said = CommandLineRun.line("merge --adapter {} --out {}", byCaptions + "/lsr-2", merged)
                .succeeded()
                .out();
        assertTrue(said.contains("merged 10 adapted layers into " + clip + ", f32, images and texts"), said);
        assertEquals(expected, lines("zero-shot", "--model", merged.toString(), "--labels", "left,right", left, right));
        for (String copied : List.of("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json")) {
            assertArrayEquals(
                    Files.readAllBytes(Path.of(clip, copied)), Files.readAllBytes(merged.resolve(copied)), copied);
        }
        Path half = folder.resolve("half");
        CommandLineRun.line("merge --adapter {} --dtype bf16 --out {}", byCaptions + "/lsr-2", half)
                .succeeded();
        JsonNode config = new JsonMapper().readTree(half.resolve("config.json").toFile());
        assertEquals("bfloat16", config.path("torch_dtype").asText());
        assertEquals("[\"CLIPModel\"]", config.path("architectures").toString());
        assertTrue(
                Files.size(half.resolve("model.safetensors")) < 0.7 * Files.size(merged.resolve("model.safetensors")));
        assertEquals(
                2,
                lines("zero-shot", "--model", half.toString(), "--labels", "left,right", left, right)
                        .size());
        assertError(
                "its format is transformers",
                "merge",
                "--adapter",
                byCaptions + "/lsr-2",
                "--format",
                "onnx",
                "--out",
                folder.resolve("no").toString());
    }

    @Test
    void reducedQuantizedAndConverted_staysAnAdapterOfTheModel() {
        String reduced = folder.resolve("reduced").toString();
        String table = CommandLineRun.line("reduce --adapter {} --s 8 --out {}", byCaptions + "/lsr-1", reduced)
                .succeeded()
                .out();
        assertTrue(table.contains("no metrics: task images (image_text)"), table);
        String quantized = folder.resolve("quantized").toString();
        CommandLineRun.line("quantize --adapter {} --to int8 --out {}", byClasses + "/lsr-1", quantized)
                .succeeded();
        String converted = folder.resolve("converted").toString();
        CommandLineRun.line("convert --adapter {} --s 4 --out {}", byCaptions + "/lora-1", converted)
                .succeeded();
        for (String adapter : List.of(reduced + "/s8", quantized + "/int8", converted + "/s4")) {
            assertEquals(
                    2,
                    lines("zero-shot", "--adapter", adapter, "--labels", "left,right", left, right)
                            .size());
        }
        List<String> exact = lines("predict", "--adapter", byClasses + "/lsr-1", "--images", left, right);
        List<String> rounded = lines("predict", "--adapter", quantized + "/int8", "--images", left, right);
        for (int i = 0; i < exact.size(); i++) {
            assertEquals(exact.get(i).split("\t")[0], rounded.get(i).split("\t")[0]);
        }
    }

    @Test
    void exportedAndImported_saysTheSame() throws IOException {
        List<String> expected = lines("predict", "--adapter", byClasses + "/lsr-1", "--images", left, right);
        String peft = folder.resolve("peft").toString();
        CommandLineRun.line("export --adapter {} --to peft --out {}", byClasses + "/lsr-1", peft)
                .succeeded();
        JsonNode config =
                new JsonMapper().readTree(Path.of(peft, "adapter_config.json").toFile());
        assertFalse(config.has("task_type"), config.toString());
        assertEquals(
                "vision_model.encoder.layers.0.self_attn.q_proj",
                config.path("target_modules").get(0).asText());
        String imported = folder.resolve("imported").toString();
        CommandLineRun.line(
                        "import --from {} --model {} --labels left,right --template {} --out {}",
                        peft,
                        clip,
                        "a photo of a {}",
                        imported)
                .succeeded();
        assertEquals(expected, lines("predict", "--adapter", imported, "--images", left, right));
        String both = folder.resolve("both").toString();
        String again = folder.resolve("again").toString();
        CommandLineRun.line("export --adapter {} --to peft --out {}", byCaptions + "/lora-1", both)
                .succeeded();
        CommandLineRun.line("import --from {} --model {} --out {}", both, clip, again)
                .succeeded();
        assertEquals(
                lines("zero-shot", "--adapter", byCaptions + "/lora-1", "--labels", "a,b", left, right),
                lines("zero-shot", "--adapter", again, "--labels", "a,b", left, right));
        assertError(
                "expected --labels and --template, or neither",
                "import",
                "--from",
                both,
                "--model",
                clip,
                "--labels",
                "a,b",
                "--out",
                folder.resolve("no").toString());
    }

    @Test
    void finetune_withoutATemplate_makesAClassifierOfTheTowerOfImages() throws IOException {
        String run = folder.resolve("classifier").toString();
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --out {} --methods frozen,lsr --epochs 4 "
                                + "--batch 8 --quiet",
                        clip,
                        pictures,
                        run)
                .succeeded();
        List<String> expected = lines("predict", "--adapter", run + "/lsr-1", "--images", left, right);
        assertTrue(expected.get(0).matches("(left|right)\t[01]\\.\\d{4}\t.*0\\.png"), expected.get(0));
        String config = Files.readString(Path.of(run, "lsr-1", "adapter_config.json"));
        assertTrue(config.contains("\"model_type\" : \"clip_vision_model\""), config);
        String vision = SmallImages.clipVision(folder.resolve("vision")).toString();
        assertEquals(
                expected,
                lines("predict", "--adapter", run + "/lsr-1", "--model", vision, "--images", left, right),
                "the tower by itself is the same model");
        String merged = folder.resolve("merged-classifier").toString();
        CommandLineRun.line("merge --adapter {} --out {}", run + "/lsr-1", merged)
                .succeeded();
        assertEquals(expected, lines("predict", "--model", merged, "--images", left, right));
        String alone = folder.resolve("merged-alone").toString();
        CommandLineRun.line("merge --adapter {} --model {} --out {}", run + "/lsr-1", vision, alone)
                .succeeded();
        assertEquals(expected, lines("predict", "--model", alone, "--images", left, right));
        String peft = folder.resolve("peft-classifier").toString();
        CommandLineRun.line("export --adapter {} --to peft --out {}", run + "/lsr-1", peft)
                .succeeded();
        String imported = folder.resolve("imported-classifier").toString();
        CommandLineRun.line(
                        "import --from {} --model {} --task images --labels left,right --out {}", peft, clip, imported)
                .succeeded();
        assertEquals(expected, lines("predict", "--adapter", imported, "--images", left, right));
        assertError(
                "--template {}: expected with a model of two towers",
                "import",
                "--from",
                peft,
                "--model",
                clip,
                "--task",
                "images",
                "--labels",
                "left,right",
                "--template",
                "{}",
                "--out",
                folder.resolve("no").toString());
        assertError(
                "reads images, expected one that reads texts",
                "finetune",
                "--model",
                clip,
                "--out",
                folder.resolve("no").toString());
    }

    @Test
    void inspect_saysWhatItIs() {
        String card = CommandLineRun.line("inspect --adapter {}", byCaptions + "/lsr-1")
                .succeeded()
                .out();
        assertTrue(card.contains("images and texts"), card);
    }

    @Test
    void zeroShot_keepsTheBaseModelAsTheAdapterWasTrained() throws IOException {
        String run = folder.resolve("bf16").toString();
        CommandLineRun.line(
                        "finetune --task images --model {} --data {} --out {} --template {} --epochs 1 --methods "
                                + "lsr --base-precision bf16",
                        clip,
                        pictures,
                        run,
                        "a photo of a {}")
                .succeeded();
        String adapter = run + "/lsr-1";
        List<String> kept = lines("predict", "--adapter", adapter, "--images", left, right);
        assertTrue(CommandLineRun.line("predict --adapter {} --adapter {} --images {}", adapter, adapter, left)
                .err()
                .contains("compares images with texts, which cannot be averaged, expected one --adapter"));
        List<String> full = lines("predict", "--adapter", adapter, "--base-precision", "f32", "--images", left, right);
        assertNotEquals(kept, full);
        assertEquals(kept, lines("zero-shot", "--adapter", adapter, left, right));
        assertEquals(kept, lines("zero-shot", "--adapter", adapter, "--model", clip, left, right));
        assertEquals(
                full,
                lines("zero-shot", "--adapter", adapter, "--model", clip, "--base-precision", "f32", left, right));
        assertEquals(full, lines("zero-shot", "--adapter", adapter, "--base-precision", "f32", left, right));
    }

    @Test
    void adapter_onAnotherModel_isRefused() throws IOException {
        Path other = SmallImages.clip(folder.resolve("other"));
        SmallImages.change(other, "visual_projection.weight", 0.25);
        for (String command : List.of("zero-shot", "predict")) {
            String[] end = command.equals("predict") ? new String[] {"--images", left} : new String[] {left};
            List<String> arguments =
                    new ArrayList<>(List.of(command, "--model", other.toString(), "--adapter", byClasses + "/lsr-1"));
            arguments.addAll(List.of(end));
            assertError("but model " + other + " has fingerprint", arguments.toArray(new String[0]));
        }
    }

    @Test
    void badInput_isExplainedInALine() throws IOException {
        String[] start = {
            "finetune", "--task", "images", "--out", folder.resolve("none").toString(), "--model"
        };
        Path missing = folder.resolve("missing.jsonl");
        Files.writeString(
                missing,
                "{\"image\": \"pictures/left/0.png\", \"caption\": \"a\"}\n{\"image\": \"no.png\", \"caption\": \"b\"}\n");
        assertError(
                "line 2: field \"image\" is \"no.png\", but there is no file",
                start,
                clip,
                "--data",
                missing.toString());
        Path csv = Files.writeString(
                folder.resolve("rows.csv"), "picture,text\npictures/left/0.png,one\nnowhere.png,two\n");
        assertError(
                "line 3: column \"picture\" is \"nowhere.png\", but there is no file",
                start,
                clip,
                "--data",
                csv.toString(),
                "--image",
                "picture",
                "--caption",
                "text");
        assertError("found --caption and the folder", start, clip, "--data", pictures.toString(), "--caption", "text");
        assertError(
                "found --caption together with --label or --template",
                start,
                clip,
                "--data",
                captions.toString(),
                "--caption",
                "caption",
                "--template",
                "{}");
        assertError(
                "template \"a photo\" has no {}", start, clip, "--data", pictures.toString(), "--template", "a photo");
        String vit = SmallImages.model(folder.resolve("vit")).toString();
        assertError("found vit, expected one of two towers: clip", start, vit, "--data", captions.toString());
        assertError(
                "method frozen trains the head alone, and task images has no head",
                start,
                clip,
                "--data",
                pictures.toString(),
                "--template",
                "{}",
                "--methods",
                "frozen");
        assertError(
                "class weights: the training of task images has none, expected a classification by a head",
                start,
                clip,
                "--data",
                pictures.toString(),
                "--template",
                "{}",
                "--class-weights",
                "balanced");
        assertError(
                "begins with 'vision.' and ends with 'q_proj'",
                start,
                clip,
                "--data",
                captions.toString(),
                "--targets",
                "vision:q_proj");
        assertError("reads images, expected one that reads texts", "embed", "--model", clip, "hello");
        assertError("--template: found no --task, expected --task with it: images", "finetune", "--template", "{}");
    }

    private static List<String> lines(String... arguments) {
        return CommandLineRun.of(arguments).succeeded().lines();
    }

    private static void assertError(String message, String[] start, String... more) {
        List<String> arguments = new ArrayList<>(List.of(start));
        arguments.addAll(List.of(more));
        assertError(message, arguments.toArray(new String[0]));
    }

    private static void assertError(String message, String... arguments) {
        CommandLineRun done = CommandLineRun.of(arguments);
        assertEquals(2, done.code(), done.err());
        assertTrue(done.err().contains(message), done.err());
    }
}
