package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.lsradapt.lsr.numerics.Precision;
import org.lsradapt.transformer.SmallModel;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Folders with one flaw each, and some that have none. */
final class RefusedFolders {
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String UP = "base_model.model.blocks.0.größe.lsr_";

    static final SpoiledFolder.Base ALONE = folder -> FolderCases.saveAlone(folder, Precision.FP32);
    static final SpoiledFolder.Base HEAD = FolderCases::saveTwoClasses;
    static final SpoiledFolder.Base EMBEDDING = FolderCases::saveEmbedding;
    private static final SpoiledFolder.Base KINDS = BaselineCases::saveKinds;
    private static final SpoiledFolder.Base PACKED = folder -> FolderCases.saveAlone(folder, Precision.INT4);

    /** What is flawed, and how. */
    private final Map<String, SpoiledFolder> flaws = new LinkedHashMap<>();

    private RefusedFolders() {}

    private void addConfigurations(SpoiledFolder.Base alone) {
        flaws.put("no-configuration", new SpoiledFolder(alone, folder -> Files.delete(folder.resolve(CONFIG))));
        flaws.put("no-tensors", new SpoiledFolder(alone, folder -> Files.delete(folder.resolve(TENSORS))));
        flaws.put("cut", SpoiledFolder.bytes(alone, bytes -> Arrays.copyOf(bytes, bytes.length - 3)));
        flaws.put("one-bit", SpoiledFolder.bytes(alone, bytes -> {
            bytes[bytes.length / 2] ^= 4;
            return bytes;
        }));
        flaws.put("version", SpoiledFolder.text(alone, "\"format_version\" : 1", "\"format_version\" : 9000"));
        flaws.put("field-more", SpoiledFolder.text(alone, "\"seed\" :", "\"more\" : 1, \"seed\" :"));
        flaws.put(
                "field-of-later-version",
                SpoiledFolder.text(alone, "\"storage\" :", "\"later\" : \"int4\", \"storage\" :"));
        flaws.put("field-less", SpoiledFolder.text(alone, "\"term_weights\" : true,", ""));
        flaws.put("text-for-number", SpoiledFolder.text(alone, "\"r\" : 4", "\"r\" : \"4\""));
        flaws.put("fraction", SpoiledFolder.text(alone, "\"separation_rank\" : 3", "\"separation_rank\" : 3.5"));
        flaws.put("name-twice", SpoiledFolder.text(alone, "\"r\" : 4", "\"r\" : 4, \"r\" : 4"));
        flaws.put("no-json", SpoiledFolder.text(alone, "\"r\" : 4,", "\"r\" : 4"));
        flaws.put("other-alpha", SpoiledFolder.text(alone, "\"alpha\" : 1.3", "\"alpha\" : 1.31"));
        flaws.put("rule", SpoiledFolder.text(alone, "\"scaling_rule\" : \"alpha\"", "\"scaling_rule\" : \"alpha/2\""));
        flaws.put("initialization", SpoiledFolder.text(alone, "\"zero-update\"", "\"zero\""));
        flaws.put("no-rank", SpoiledFolder.text(alone, "\"r\" : 4", "\"r\" : 0"));
        flaws.put("storage-fp8", SpoiledFolder.text(alone, "\"fp32\"", "\"fp8-e4m3\""));
        flaws.put("layer-twice", SpoiledFolder.text(alone, "\"blocks.0.down\"", "\"blocks.0.größe\""));
        flaws.put("split", SpoiledFolder.text(alone, "\"in_factors\" : [ ]", "\"in_factors\" : [ 5, 2 ]"));
        flaws.put("other-split", SpoiledFolder.text(alone, "\"in_factors\" : [ ]", "\"in_factors\" : [ 6, 2 ]"));
        flaws.put("rank-split", SpoiledFolder.text(alone, "\"rank_factors\" : [ ]", "\"rank_factors\" : [ 3, 1 ]"));
        flaws.put(
                "scaling-one-ulp", SpoiledFolder.text(alone, "\"scaling\" : 1.3", "\"scaling\" : 1.3000000000000003"));
        flaws.put("alpha-beyond-doubles", SpoiledFolder.text(alone, "\"alpha\" : 1.3", "\"alpha\" : 1e999"));
        flaws.put("alpha-not-a-number", SpoiledFolder.text(alone, "\"alpha\" : 1.3", "\"alpha\" : NaN"));
        flaws.put("more-behind", SpoiledFolder.text(alone, "{", "{ } {"));
        flaws.put("array", new SpoiledFolder(alone, folder -> Files.writeString(folder.resolve(CONFIG), "[ ]")));
        flaws.put("empty", new SpoiledFolder(alone, folder -> Files.writeString(folder.resolve(CONFIG), "")));
        flaws.put(
                "not-utf-8",
                new SpoiledFolder(
                        alone,
                        folder -> Files.writeString(
                                folder.resolve(CONFIG),
                                Files.readString(folder.resolve(CONFIG)),
                                StandardCharsets.ISO_8859_1)));
        flaws.put("version-0", SpoiledFolder.text(alone, "\"format_version\" : 1", "\"format_version\" : 0"));
        flaws.put("no-terms", SpoiledFolder.text(alone, "\"separation_rank\" : 3", "\"separation_rank\" : 0"));
        flaws.put("many-terms", SpoiledFolder.text(alone, "\"separation_rank\" : 3", "\"separation_rank\" : 65537"));
        flaws.put("no-factors", SpoiledFolder.text(alone, "\"factor_count\" : 2", "\"factor_count\" : 0"));
        flaws.put("many-factors", SpoiledFolder.text(alone, "\"factor_count\" : 2", "\"factor_count\" : 32"));
        flaws.put(
                "rank-split-of-three",
                SpoiledFolder.text(alone, "\"rank_factors\" : [ ]", "\"rank_factors\" : [ 2, 2, 1 ]"));
        flaws.put("split-of-three", SpoiledFolder.text(alone, "\"in_factors\" : [ ]", "\"in_factors\" : [ 4, 3, 1 ]"));
        flaws.put("split-of-one", SpoiledFolder.text(alone, "\"out_factors\" : [ ]", "\"out_factors\" : [ 10 ]"));
        flaws.put("no-layers", SpoiledFolder.config(alone, root -> adapter(root).putArray("target_modules")));
        flaws.put("no-adapters", SpoiledFolder.config(alone, root -> root.putArray("adapters")));
        flaws.put("other-kind", SpoiledFolder.text(alone, "\"peft_type\" : \"LSR\"", "\"peft_type\" : \"LORA\""));
        flaws.put("card-in-part", SpoiledFolder.config(alone, root -> root.put("max_length", 16)));
        flaws.put("head-without-card", SpoiledFolder.config(alone, root -> {
            ObjectNode head = root.putObject("head").put("outputs", 1);
            head.putArray("parameters").add("classifier.weight");
        }));
        flaws.put(
                "peft",
                new SpoiledFolder(
                        alone,
                        folder -> Files.writeString(
                                folder.resolve(CONFIG), "{\"peft_type\": \"LORA\", \"r\": 4, \"lora_alpha\": 8}")));
    }

    private void addTensors(SpoiledFolder.Base alone) {
        flaws.put("tensor-less", SpoiledFolder.tensors(alone, all -> all.remove(UP + "A2")));
        flaws.put(
                "tensor-more",
                SpoiledFolder.tensors(alone, all -> all.put("base_model.model.more", Nd4j.zeros(DataType.FLOAT, 2))));
        flaws.put(
                "tensor-of-doubles",
                SpoiledFolder.tensors(
                        alone, all -> all.computeIfPresent(UP + "A2", (name, array) -> array.castTo(DataType.DOUBLE))));
        flaws.put(
                "tensor-shape",
                SpoiledFolder.tensors(alone, all -> all.put(UP + "B1", Nd4j.zeros(DataType.FLOAT, 3, 3, 5))));
        flaws.put(
                "weights-shape",
                SpoiledFolder.tensors(alone, all -> all.put(UP + "A_lambda", Nd4j.zeros(DataType.FLOAT, 4))));
        flaws.put(
                "not-a-number",
                SpoiledFolder.tensors(alone, all -> all.get(UP + "B2").putScalar(3, Float.NaN)));
        flaws.put(
                "infinite-weight",
                SpoiledFolder.tensors(alone, all -> all.get(UP + "B_lambda").putScalar(1, Float.POSITIVE_INFINITY)));
        SpoiledFolder.Base packed = PACKED;
        flaws.put("minus-eight", SpoiledFolder.tensors(packed, all -> {
            INDArray bytes = all.get(UP + "A1").castTo(DataType.INT32);
            bytes.putScalar(new int[] {0, 1, 0}, (bytes.getInt(0, 1, 0) & 0xF0) | 8);
            all.put(UP + "A1", bytes.castTo(DataType.UINT8));
        }));
        flaws.put(
                "negative-scale",
                SpoiledFolder.tensors(packed, all -> all.get(UP + "A1.scale").muli(-1)));
        flaws.put(
                "infinite-scale",
                SpoiledFolder.tensors(packed, all -> all.get(UP + "A1.scale").putScalar(0, Float.POSITIVE_INFINITY)));
        flaws.put(
                "not-a-number-scale",
                SpoiledFolder.tensors(packed, all -> all.get(UP + "A1.scale").putScalar(0, Float.NaN)));
        flaws.put("scale-less", SpoiledFolder.tensors(packed, all -> all.remove(UP + "A1.scale")));
        flaws.put(
                "scale-for-floats",
                SpoiledFolder.tensors(alone, all -> all.put(UP + "A1.scale", Nd4j.ones(DataType.FLOAT, 3))));
        flaws.put(
                "floats-for-integers",
                SpoiledFolder.tensors(
                        packed, all -> all.computeIfPresent(UP + "A1", (name, array) -> array.castTo(DataType.FLOAT))));
        flaws.put(
                "last-factor-of-two-axes",
                SpoiledFolder.tensors(
                        alone,
                        all -> all.computeIfPresent(
                                UP + "B2",
                                (name, array) -> array.reshape('c', array.size(0), array.length() / array.size(0)))));
        flaws.put(
                "factor-of-two-axes",
                SpoiledFolder.tensors(
                        alone,
                        all -> all.computeIfPresent(
                                UP + "A1",
                                (name, array) -> array.reshape('c', array.size(0), array.length() / array.size(0)))));
        flaws.put(
                "terms-less",
                SpoiledFolder.tensors(
                        alone,
                        all -> all.computeIfPresent(
                                UP + "B2",
                                (name, array) -> array.slice(0).reshape('c', 1, array.size(1), array.size(2)))));
        flaws.put(
                "scales-shape",
                SpoiledFolder.tensors(packed, all -> all.put(UP + "A1.scale", Nd4j.ones(DataType.FLOAT, 2))));
    }

    private void addHeads() {
        SpoiledFolder.Base head = HEAD;
        flaws.put("labels-swapped", SpoiledFolder.altered(head, "\"rot\", \"blau\"", "\"blau\", \"rot\""));
        flaws.put("one-label", SpoiledFolder.text(head, "\"rot\", \"blau\"", "\"rot\""));
        flaws.put("regression-with-labels", SpoiledFolder.text(head, "\"classification\"", "\"regression\""));
        flaws.put("outputs", SpoiledFolder.text(head, "\"outputs\" : 2", "\"outputs\" : 3"));
        flaws.put("no-length", SpoiledFolder.text(head, "\"max_length\" : 16", "\"max_length\" : 0"));
        flaws.put("space-in-a-label", SpoiledFolder.altered(head, "\"rot\", \"blau\"", "\" rot\", \"blau\""));
        flaws.put("task-more", SpoiledFolder.text(head, "\"pairs\" : false", "\"pairs\" : false, \"more\" : 1"));
        flaws.put("head-more", SpoiledFolder.text(head, "\"outputs\" : 2", "\"outputs\" : 2, \"more\" : 1"));
        flaws.put("check-more", SpoiledFolder.text(head, "\"bytes\" :", "\"more\" : 1, \"bytes\" :"));
        flaws.put(
                "tensor-file-elsewhere",
                SpoiledFolder.text(head, "\"adapter_model.safetensors\"", "\"../adapter_model.safetensors\""));
        flaws.put(
                "tensor-file-not-there",
                SpoiledFolder.text(head, "\"adapter_model.safetensors\"", "\"adapter_model-0123abcd.safetensors\""));
        flaws.put("accepted-tensor-file-of-another-name", new SpoiledFolder(head, folder -> {
            SpoiledFolder.text(head, "\"adapter_model.safetensors\"", "\"adapter_model-0123abcd.safetensors\"")
                    .spoiler()
                    .spoil(folder);
            Files.move(folder.resolve(TENSORS), folder.resolve("adapter_model-0123abcd.safetensors"));
        }));
        flaws.put("classes-without-labels", SpoiledFolder.text(head, "[ \"rot\", \"blau\" ]", "[ ]"));
        flaws.put("one-label-and-output", SpoiledFolder.config(head, root -> {
            ((ObjectNode) root.get("task")).putArray("labels").add("rot");
            ((ObjectNode) root.get("head")).put("outputs", 1);
        }));
        flaws.put("regression-with-a-label", SpoiledFolder.config(head, root -> {
            ((ObjectNode) root.get("task"))
                    .put("kind", "regression")
                    .putArray("labels")
                    .add("rot");
            ((ObjectNode) root.get("head")).put("outputs", 1);
        }));
        flaws.put("kind-of-task-without-labels", SpoiledFolder.config(head, root -> {
            ((ObjectNode) root.get("task")).put("kind", "tagging").putArray("labels");
            ((ObjectNode) root.get("head")).put("outputs", 1);
        }));
        flaws.put("kind-of-task", SpoiledFolder.text(head, "\"classification\"", "\"tagging\""));
        flaws.put("text-without-adapters", SpoiledFolder.config(head, root -> {
            ((ObjectNode) root.get("task")).put("kind", "text").remove(List.of("labels", "pairs"));
            root.remove("head");
        }));
        flaws.put(
                "text-with-head",
                SpoiledFolder.config(
                        FolderCases::saveWithHead,
                        root -> ((ObjectNode) root.get("task"))
                                .put("kind", "text")
                                .remove(List.of("labels", "pairs"))));
        flaws.put("accepted-head-alone", new SpoiledFolder(head, folder -> {}));
        flaws.put(
                "accepted-head-on-rounded-base",
                SpoiledFolder.text(head, "\"base_precision\" : \"stored\"", "\"base_precision\" : \"int8\""));
        flaws.put("adapters-less-with-head", SpoiledFolder.config(head, root -> root.remove("adapters")));
        flaws.put(
                "card-less",
                SpoiledFolder.config(
                        head,
                        root -> root.remove(List.of(
                                "base_model_name_or_path",
                                "base_model_fingerprint",
                                "model_type",
                                "max_length",
                                "base_precision",
                                "task",
                                "head"))));
        flaws.put(
                "array-less",
                SpoiledFolder.config(
                        head,
                        root -> ((ObjectNode) root.get("head"))
                                .putArray("parameters")
                                .add("classifier.weight")));
        flaws.put(
                "no-arrays",
                SpoiledFolder.config(head, root -> ((ObjectNode) root.get("head")).putArray("parameters")));
        flaws.put(
                "array-twice",
                SpoiledFolder.config(
                        head, root -> ((ArrayNode) root.get("head").get("parameters")).add("classifier.bias")));
        flaws.put(
                "not-a-number-in-head",
                SpoiledFolder.tensors(
                        head,
                        all -> all.get("base_model.model.classifier.weight").putScalar(7, Float.NaN)));
        flaws.put(
                "infinite-bias",
                SpoiledFolder.tensors(
                        head,
                        all -> all.get("base_model.model.classifier.bias").putScalar(1, Float.NEGATIVE_INFINITY)));
        flaws.put(
                "weight-of-three-axes",
                SpoiledFolder.tensors(
                        head,
                        all -> all.computeIfPresent(
                                "base_model.model.classifier.weight",
                                (name, array) -> array.reshape('c', 2, 3, array.length() / 6))));
        SpoiledFolder.Base escapes = folder -> FolderCases.saveEscapes(folder, SmallModel.BERT);
        flaws.put("space-behind-escapes", SpoiledFolder.altered(escapes, "a  b", "a b"));
        flaws.put(
                "head-shape",
                SpoiledFolder.tensors(
                        head, all -> all.put("base_model.model.classifier.bias", Nd4j.zeros(DataType.FLOAT, 3))));
    }

    /** What is wrong with the tensor file itself, whose length and checksum fit. */
    private void addFiles(SpoiledFolder.Base alone) {
        flaws.put("bytes-behind", SpoiledFolder.file(alone, bytes -> Arrays.copyOf(bytes, bytes.length + 8)));
        flaws.put("no-header", SpoiledFolder.file(alone, bytes -> Arrays.copyOf(bytes, 5)));
        flaws.put("header-beyond-the-end", SpoiledFolder.file(alone, bytes -> {
            bytes[3] = 1;
            return bytes;
        }));
        flaws.put("header-no-json", SpoiledFolder.header(alone, "\"dtype\"", "dtype"));
        flaws.put("header-no-object", new SpoiledFolder(alone, folder -> SpoiledFolder.replaceHeader(folder, "[ ]")));
        flaws.put("dtype", SpoiledFolder.header(alone, "\"F32\"", "\"F33\""));
        flaws.put("shape-and-length", SpoiledFolder.header(alone, "[3,4,2]", "[3,4,3]"));
        flaws.put("negative-size", SpoiledFolder.header(alone, "[3,4,2]", "[3,-4,-2]"));
        flaws.put("overlap", SpoiledFolder.header(alone, "[96,168]", "[92,164]"));
        flaws.put("offsets-turned", SpoiledFolder.header(alone, "[96,168]", "[168,96]"));
        flaws.put("offsets-beyond-the-end", SpoiledFolder.header(alone, "[96,168]", "[4096,4168]"));
        flaws.put("no-seal", SpoiledFolder.unsealed(alone));
        flaws.put("one-tensor-twice", SpoiledFolder.header(alone, "größe.lsr_A2", "größe.lsr_A1"));
    }

    /** Of embeddings, and what belongs to them elsewhere. */
    private void addEmbeddings() {
        SpoiledFolder.Base embedding = EMBEDDING;
        String settings = "\"embedding\" : {";
        flaws.put("version-2", SpoiledFolder.text(embedding, "\"format_version\" : 1", "\"format_version\" : 2"));
        flaws.put("embedding-elsewhere", SpoiledFolder.text(embedding, settings, "\"embeddings\" : {"));
        flaws.put(
                "embedding-settings-less",
                SpoiledFolder.text(FolderCases::saveOnRoundedBase, "\"kind\" : \"text\"", "\"kind\" : \"embedding\""));
        flaws.put(
                "text-with-embedding",
                SpoiledFolder.text(embedding, "\"kind\" : \"embedding\"", "\"kind\" : \"text\""));
        flaws.put("pooling", SpoiledFolder.text(embedding, "\"pooling\" : \"mean\"", "\"pooling\" : \"max\""));
        flaws.put("normalized", SpoiledFolder.text(embedding, "\"normalized\" : true", "\"normalized\" : \"true\""));
        flaws.put("prefix-less", SpoiledFolder.text(embedding, "\"query_prefix\" : \"Frage: \",", ""));
        flaws.put("embedding-more", SpoiledFolder.text(embedding, settings, settings + " \"max_length\" : 16,"));
        flaws.put(
                "embedding-with-labels",
                SpoiledFolder.text(
                        embedding, "\"kind\" : \"embedding\"", "\"kind\" : \"embedding\", \"labels\" : [ ]"));
        flaws.put(
                "embedding-with-head",
                SpoiledFolder.text(
                        embedding, "\"task\" :", "\"head\" : { \"outputs\" : 1, \"parameters\" : [ ] }, \"task\" :"));
        flaws.put("no-base-precision", SpoiledFolder.text(embedding, "\"base_precision\" : \"stored\",", ""));
        flaws.put(
                "base-precision",
                SpoiledFolder.text(embedding, "\"base_precision\" : \"stored\"", "\"base_precision\" : \"fp8\""));
        flaws.put(
                "base-precision-fp16",
                SpoiledFolder.text(embedding, "\"base_precision\" : \"stored\"", "\"base_precision\" : \"fp16\""));
        flaws.put("model-type-less", SpoiledFolder.text(embedding, "\"model_type\" : \"bert\",", ""));
        flaws.put(
                "kind-above", SpoiledFolder.text(embedding, "\"storage\" :", "\"peft_type\" : \"LSR\", \"storage\" :"));
        flaws.put("kind-unknown", SpoiledFolder.text(embedding, "\"peft_type\" : \"LSR\"", "\"peft_type\" : \"LSR2\""));
    }

    /** Of images and texts that name classes. */
    private void addClassTexts() {
        SpoiledFolder.Base classes = FolderCases::saveImageClasses;
        flaws.put("class-alone", SpoiledFolder.text(classes, "\"Hund\", \"Katze\"", "\"Hund\""));
        flaws.put("template-without-place", SpoiledFolder.text(classes, "Foto: {}", "Foto"));
        flaws.put(
                "template-less",
                SpoiledFolder.config(classes, root -> ((ObjectNode) root.get("task")).remove("template")));
        flaws.put(
                "classes-less",
                SpoiledFolder.config(classes, root -> ((ObjectNode) root.get("task")).remove("labels")));
        flaws.put(
                "class-texts-of-a-text-model",
                SpoiledFolder.text(classes, "\"kind\" : \"image_text\"", "\"kind\" : \"text\""));
    }

    /** Of several labels, words, answers in passages, hidden tokens, and embeddings of several lengths. */
    private void addLaterTasks() {
        SpoiledFolder.Base stars = FolderCases::saveStars;
        String thresholds = "\"thresholds\" : [ -0.5, 1.25 ]";
        flaws.put("accepted-ordinal", new SpoiledFolder(stars, folder -> {}));
        flaws.put("ordinal-threshold-less", SpoiledFolder.text(stars, thresholds, "\"thresholds\" : [ -0.5 ]"));
        flaws.put("ordinal-infinite", SpoiledFolder.text(stars, thresholds, "\"thresholds\" : [ -0.5, 1e999 ]"));
        flaws.put("ordinal-equal", SpoiledFolder.text(stars, thresholds, "\"thresholds\" : [ 1.25, 1.25 ]"));
        flaws.put("ordinal-falling", SpoiledFolder.text(stars, thresholds, "\"thresholds\" : [ 1.25, -0.5 ]"));
        flaws.put("ordinal-of-three-outputs", SpoiledFolder.text(stars, "\"outputs\" : 1", "\"outputs\" : 3"));
        flaws.put("ordinal-of-one-label", SpoiledFolder.config(stars, root -> {
            ObjectNode task = (ObjectNode) root.get("task");
            task.putArray("labels").add("gut");
            task.putArray("thresholds");
        }));
        flaws.put(
                "words-otherwise", SpoiledFolder.text(FolderCases::saveSeparateWords, "\"separate\"", "\"together\""));
    }

    private void addTasks() {
        SpoiledFolder.Base labels = FolderCases::saveLabels;
        SpoiledFolder.Base words = FolderCases::saveWords;
        SpoiledFolder.Base answers = FolderCases::saveAnswers;
        SpoiledFolder.Base masked = FolderCases::saveMasked;
        SpoiledFolder.Base lengths = FolderCases::saveEmbeddingOfLengths;
        String two = "\"thresholds\" : [ 0.3, 1.0 ]";
        flaws.put("accepted-labels", new SpoiledFolder(labels, folder -> {}));
        flaws.put(
                "thresholds-less",
                SpoiledFolder.config(labels, root -> ((ObjectNode) root.get("task")).remove("thresholds")));
        flaws.put("threshold-less", SpoiledFolder.text(labels, two, "\"thresholds\" : [ 0.3 ]"));
        flaws.put("threshold-of-0", SpoiledFolder.text(labels, two, "\"thresholds\" : [ 0.3, 0 ]"));
        flaws.put("threshold-above-1", SpoiledFolder.text(labels, two, "\"thresholds\" : [ 1.5, 1.0 ]"));
        flaws.put("threshold-as-text", SpoiledFolder.text(labels, two, "\"thresholds\" : [ 0.3, \"1\" ]"));
        flaws.put("labels-of-one", SpoiledFolder.config(labels, root -> {
            ObjectNode task = (ObjectNode) root.get("task");
            task.putArray("labels").add("Wetter");
            task.putArray("thresholds").add(0.3);
            ((ObjectNode) root.get("head")).put("outputs", 1);
        }));
        flaws.put(
                "classes-with-thresholds",
                SpoiledFolder.text(HEAD, "\"pairs\" : false", "\"pairs\" : false, \"thresholds\" : [ ]"));
        flaws.put("label-twice", SpoiledFolder.text(HEAD, "\"rot\", \"blau\"", "\"rot\", \"rot\""));
        flaws.put("words-in-pairs", SpoiledFolder.text(words, "\"pairs\" : false", "\"pairs\" : true"));
        flaws.put(
                "words-with-thresholds",
                SpoiledFolder.text(words, "\"pairs\" : false", "\"pairs\" : false, \"thresholds\" : [ ]"));
        flaws.put("words-of-other-outputs", SpoiledFolder.text(words, "\"outputs\" : 3", "\"outputs\" : 1"));
        flaws.put("accepted-answers", new SpoiledFolder(answers, folder -> {}));
        flaws.put(
                "answers-of-two-thresholds",
                SpoiledFolder.text(answers, "\"thresholds\" : [ -1.375 ]", "\"thresholds\" : [ -1.375, 0.5 ]"));
        flaws.put("answers-of-single-texts", SpoiledFolder.text(answers, "\"pairs\" : true", "\"pairs\" : false"));
        flaws.put(
                "answers-with-labels",
                SpoiledFolder.text(answers, "\"labels\" : [ ]", "\"labels\" : [ \"a\", \"b\" ]"));
        flaws.put("answers-of-one-output", SpoiledFolder.text(answers, "\"outputs\" : 2", "\"outputs\" : 1"));
        flaws.put("reranking-of-classes", SpoiledFolder.text(HEAD, "\"classification\"", "\"reranking\""));
        flaws.put("reranking-of-single-texts", SpoiledFolder.config(HEAD, root -> {
            ((ObjectNode) root.get("task")).put("kind", "reranking").putArray("labels");
            ((ObjectNode) root.get("head")).put("outputs", 1);
        }));
        flaws.put(
                "masked-with-pairs",
                SpoiledFolder.text(masked, "\"kind\" : \"masked\"", "\"kind\" : \"masked\", \"pairs\" : false"));
        flaws.put(
                "masked-with-head",
                SpoiledFolder.config(
                        FolderCases::saveWithHead,
                        root -> ((ObjectNode) root.get("task"))
                                .put("kind", "masked")
                                .remove(List.of("labels", "pairs"))));
        flaws.put("length-twice", SpoiledFolder.text(lengths, "[ 12, 5 ]", "[ 12, 12 ]"));
        flaws.put("length-of-0", SpoiledFolder.text(lengths, "[ 12, 5 ]", "[ 12, 0 ]"));
        flaws.put("length-with-a-fraction", SpoiledFolder.text(lengths, "[ 12, 5 ]", "[ 12, 5.0 ]"));
    }

    /** With adapters of other papers. */
    private void addKinds() {
        SpoiledFolder.Base kinds = KINDS;
        String query = "base_model.model.encoder.1.query.kronecker_";
        String value = "base_model.model.encoder.2.value.kronecker_";
        flaws.put("accepted-kinds", new SpoiledFolder(kinds, folder -> {}));
        flaws.put("kinds-in-int8", SpoiledFolder.text(kinds, "\"storage\" : \"fp32\"", "\"storage\" : \"int8\""));
        flaws.put("method", SpoiledFolder.text(kinds, "\"method\" : \"krona\"", "\"method\" : \"kron\""));
        flaws.put("krona-with-rank", SpoiledFolder.text(kinds, "\"method\" : \"lokr\"", "\"method\" : \"krona\""));
        flaws.put("no-terms", SpoiledFolder.text(kinds, "\"terms\" : 1", "\"terms\" : 0"));
        flaws.put("two-splits", SpoiledFolder.text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 4, 3 ]"));
        flaws.put("three-widths", SpoiledFolder.text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 4, 0, 0 ]"));
        flaws.put("other-split", SpoiledFolder.text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 3, 0 ]"));
        flaws.put("split-of-nothing", SpoiledFolder.text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ 5, 0 ]"));
        flaws.put(
                "alpha-of-lsr",
                SpoiledFolder.text(kinds, "\"method\" : \"krona\",", "\"method\" : \"krona\", \"alpha\" : 1.5,"));
        flaws.put(
                "shared-differ",
                SpoiledFolder.tensors(kinds, all -> all.get(query + "first_in").putScalar(2, 0.123)));
        flaws.put("part-less", SpoiledFolder.tensors(kinds, all -> all.remove(query + "second_out")));
        flaws.put(
                "other-width",
                SpoiledFolder.tensors(kinds, all -> all.put(value + "first", Nd4j.ones(DataType.FLOAT, 1, 4, 7))));
        flaws.put("other-kind", SpoiledFolder.text(kinds, "\"peft_type\" : \"LSR\"", "\"peft_type\" : \"LSR2\""));
        flaws.put("accepted-whole-factors", new SpoiledFolder(BaselineCases::saveWholeFactors, folder -> {}));
        flaws.put("kind-less", SpoiledFolder.config(kinds, root -> adapter(root).remove("peft_type")));
        flaws.put("negative-rank", SpoiledFolder.text(kinds, "\"rank\" : 1", "\"rank\" : -1"));
        flaws.put("negative-split", SpoiledFolder.text(kinds, "\"in_split\" : [ 4, 0 ]", "\"in_split\" : [ -4, 0 ]"));
        flaws.put("many-terms", SpoiledFolder.text(kinds, "\"terms\" : 1", "\"terms\" : 65537"));
        flaws.put("infinite-scaling", SpoiledFolder.text(kinds, "\"scaling\" : 0.3", "\"scaling\" : 1e999"));
        for (String field : List.of("method", "terms", "in_split", "rank", "scaling", "seed")) {
            flaws.put(
                    field + "-less",
                    SpoiledFolder.config(kinds, root -> kronecker(root).remove(field)));
            flaws.put(
                    field + "-of-other-type",
                    SpoiledFolder.config(kinds, root -> kronecker(root).put(field, field.equals("method"))));
        }
        flaws.put(
                "seed-beyond-64-bits",
                SpoiledFolder.config(kinds, root -> kronecker(root).put("seed", BigInteger.ONE.shiftLeft(63))));
        flaws.put("accepted-two-configurations", new SpoiledFolder(BaselineCases::saveTwoConfigurations, folder -> {}));
        flaws.put(
                "factor-of-two-axes",
                SpoiledFolder.tensors(
                        kinds,
                        all -> all.computeIfPresent(
                                value + "first", (name, array) -> array.reshape('c', 4, array.length() / 4))));
        flaws.put(
                "infinite-factor",
                SpoiledFolder.tensors(kinds, all -> all.get(value + "second").putScalar(1, Float.POSITIVE_INFINITY)));
    }

    /** What must not be refused. */
    private void addAccepted(SpoiledFolder.Base alone) {
        flaws.put("accepted-whole", new SpoiledFolder(EMBEDDING, folder -> {}));
        flaws.put("accepted-white-space", new SpoiledFolder(EMBEDDING, folder -> {
            Path file = folder.resolve(CONFIG);
            Files.writeString(
                    file,
                    Files.readString(file)
                            .replace("  ", "\t")
                            .replace(" : ", ":")
                            .replace("\n", "\r\n"));
        }));
        flaws.put(
                "accepted-zero-scale",
                SpoiledFolder.tensors(
                        folder -> FolderCases.saveAlone(folder, Precision.INT8),
                        all -> all.get(UP + "A1.scale").putScalar(1, 0)));
        flaws.put("accepted-other-floats", SpoiledFolder.tensors(alone, all -> {
            all.computeIfPresent(UP + "A2", (name, array) -> array.castTo(DataType.FLOAT16));
            all.computeIfPresent(UP + "B_lambda", (name, array) -> array.castTo(DataType.BFLOAT16));
        }));
        flaws.put("accepted-left-over-half", SpoiledFolder.tensors(PACKED, all -> {
            INDArray bytes = all.get(UP + "A1").castTo(DataType.INT32);
            bytes.putScalar(new int[] {1, 1, 0}, bytes.getInt(1, 1, 0) | 0x80);
            all.put(UP + "A1", bytes.castTo(DataType.UINT8));
        }));
        flaws.put(
                "accepted-alpha-without-point",
                SpoiledFolder.text(
                        alone,
                        "\"alpha\" : 1.3,\n    \"scaling_rule\" : \"alpha\",\n    \"scaling\" : 1.3",
                        "\"alpha\" : 2, \"scaling_rule\" : \"alpha\", \"scaling\" : 2e0"));
        flaws.put("seed-below-64-bits", SpoiledFolder.text(alone, "\"seed\" : -8", "\"seed\" : -9223372036854775809"));
        flaws.put("seed-beyond-64-bits", SpoiledFolder.text(alone, "\"seed\" : -8", "\"seed\" : 9223372036854775808"));
        flaws.put("accepted-other-library", SpoiledFolder.config(alone, root -> root.put("library_version", "")));
        flaws.put("accepted-fields-in-turn", SpoiledFolder.config(alone, root -> {
            JsonNode version = root.remove("format_version");
            JsonNode tensors = root.remove("tensors");
            root.set("format_version", version);
            root.set("tensors", tensors);
        }));
        flaws.put(
                "accepted-spaces-in-header",
                SpoiledFolder.header(alone, "\"dtype\":\"F32\",", " \"dtype\" :\n \"F32\" , "));
        flaws.put(
                "accepted-escapes",
                new SpoiledFolder(folder -> FolderCases.saveEscapes(folder, SmallModel.ROBERTA), folder -> {}));
        flaws.put("accepted-smallest", new SpoiledFolder(FolderCases::saveSmallest, folder -> {}));
        flaws.put("accepted-one-token", SpoiledFolder.text(HEAD, "\"max_length\" : 16", "\"max_length\" : 1"));
        flaws.put("accepted-least-seed", SpoiledFolder.text(alone, "\"seed\" : -8", "\"seed\" : -9223372036854775808"));
        flaws.put("accepted-other-seed", SpoiledFolder.text(alone, "\"seed\" : -8", "\"seed\" : 9223372036854775807"));
    }

    /** The first configuration that is not LSR. */
    private static ObjectNode kronecker(ObjectNode root) {
        for (JsonNode section : root.get("adapters")) {
            if (section.has("method")) {
                return (ObjectNode) section;
            }
        }
        throw new IllegalStateException(root.toString());
    }

    static ObjectNode adapter(ObjectNode root) {
        return (ObjectNode) root.get("adapters").get(0);
    }

    /** The case: what is wrong with each folder, or that nothing is. */
    static KitCase make() {
        RefusedFolders folders = new RefusedFolders();
        SpoiledFolder.Base alone = ALONE;
        folders.addConfigurations(alone);
        folders.addTensors(alone);
        folders.addFiles(alone);
        folders.addHeads();
        folders.addEmbeddings();
        folders.addClassTexts();
        folders.addTasks();
        folders.addAccepted(alone);
        return make("folders-refused", "folders-refused", folders);
    }

    /** The same of folders with tasks that version 1 does not have. */
    static KitCase makeTasks() {
        RefusedFolders folders = new RefusedFolders();
        folders.addLaterTasks();
        return make("tasks-refused", "folders-refused", folders).since(2);
    }

    /** The same of folders with other kinds of adapters. */
    static KitCase makeKinds() {
        RefusedFolders folders = new RefusedFolders();
        folders.addKinds();
        return make("kinds-refused", "baselines", folders);
    }

    private static KitCase make(String name, String capability, RefusedFolders folders) {
        return make(name, capability, folders.flaws);
    }

    static KitCase make(String name, String capability, Map<String, SpoiledFolder> flaws) {
        KitCase made = new KitCase(name, capability, "refuse-folders").files(caseFolder -> {
            for (Map.Entry<String, SpoiledFolder> flaw : flaws.entrySet()) {
                flaw.getValue().save(caseFolder.resolve(flaw.getKey()));
            }
        });
        flaws.keySet().forEach(made.settings.putArray("folders")::add);
        return made.scalars(0, flaws.keySet().toArray(new String[0]));
    }
}
