package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Folders of Hugging Face PEFT with one flaw each. */
final class RefusedImports {
    private final Map<String, ImportCases.Saver> folders;

    RefusedImports(Map<String, ImportCases.Saver> folders) {
        this.folders = folders;
    }

    void add() {
        addFields();
        addTensors();
    }

    private void addFields() {
        put("another-method", config -> config.put("peft_type", "IA3"));
        put("ours", config -> config.put("peft_type", "LSR"));
        put("dora", config -> config.put("use_dora", true));
        put("bias", config -> config.put("bias", "lora_only"));
        put("start-that-changes-the-base", config -> config.put("init_lora_weights", "pissa"));
        put("transposed", config -> config.put("fan_in_fan_out", true));
        put("excluded", config -> config.putArray("exclude_modules").add("value"));
        put("some-layers", config -> config.putArray("layers_to_transform").add(0));
        put("field-of-tomorrow", config -> config.put("of_tomorrow", "on"));
        put("task", config -> config.put("task_type", "SEQ_2_SEQ_LM"));
        put("saved-embeddings", config -> config.putArray("modules_to_save").add("embed_tokens"));
        put("no-rank", config -> config.put("r", 0));
        put("no-alpha", config -> config.remove("lora_alpha"));
        put("alpha-as-text", config -> config.put("lora_alpha", "16"));
        put("back-reference", config -> config.put("target_modules", "(query)\\1"));
        put("no-targets", config -> config.putArray("target_modules"));
        put("not-a-target", config -> config.putArray("target_modules").add("query"));
        put(
                "half-a-name",
                config -> config.putArray("target_modules").add("uery").add("value"));
        put("expression-of-an-ending", config -> config.put("target_modules", "query|value"));
        put("zero-of-tomorrow", config -> config.put("of_tomorrow", 0));
        folders.put("alpha-beyond-doubles", folder -> {
            ImportCases.lora("0.18.1", config -> {}).save(folder);
            Path file = folder.resolve(ImportCases.CONFIG);
            Files.writeString(file, Files.readString(file).replace("\"lora_alpha\" : 5.3", "\"lora_alpha\" : 1e999"));
        });
        put("alpha-of-pattern", config -> config.putObject("alpha_pattern").put("value", "9"));
        put("targets-as-number", config -> config.put("target_modules", 4));
        put(
                "number-as-target",
                config -> config.putArray("target_modules")
                        .add("query")
                        .add("value")
                        .add(4));
        put(
                "blank-target",
                config -> config.putArray("target_modules")
                        .add("query")
                        .add("value")
                        .add(" "));
        put("alpha-as-flag", config -> config.put("lora_alpha", true));
        put("rank-as-fraction", config -> config.put("r", 3.0));
        put("rank-as-flag", config -> config.putObject("rank_pattern").put("query", true));
        put("version-as-text", config -> config.put("peft_version", "latest"));
        put("rank-of-pattern", config -> config.putObject("rank_pattern").put("value", 2));
        folders.put("name-twice", folder -> {
            ImportCases.lora("0.18.1", config -> {}).save(folder);
            Path file = folder.resolve(ImportCases.CONFIG);
            Files.writeString(file, Files.readString(file).replaceFirst("\"r\" : 3,", "\"r\" : 3, \"r\" : 3,"));
        });
        folders.put("no-configuration", folder -> {
            ImportCases.lora("0.18.1", config -> {}).save(folder);
            Files.delete(folder.resolve(ImportCases.CONFIG));
        });
        folders.put("pickle", folder -> {
            ImportCases.lora("0.18.1", config -> {}).save(folder);
            Files.move(folder.resolve(ImportCases.TENSORS), folder.resolve("adapter_model.bin"));
        });
    }

    private void put(String name, Consumer<ObjectNode> change) {
        folders.put(name, ImportCases.lora("0.18.1", change));
    }

    private void addTensors() {
        String query = ImportCases.ROOT + ImportCases.QUERY;
        spoil("part-less", all -> all.remove(query + ".lora_B.weight"));
        spoil("another-root", all -> all.put("model.more", normal(1, DataType.FLOAT, 2)));
        spoil("magnitudes", all -> all.put(query + ".lora_magnitude_vector.weight", normal(1, DataType.FLOAT, 10)));
        spoil("trained-bias", all -> all.put(query + ".bias", normal(1, DataType.FLOAT, 10)));
        spoil(
                "embedding",
                all -> all.put(
                        ImportCases.ROOT + "embeddings.word_embeddings.lora_embedding_A",
                        normal(1, DataType.FLOAT, 3, 31)));
        folders.put("on-the-classifier", folder -> {
            Map<String, INDArray> tensors = ImportCases.matrices("", 3, DataType.FLOAT);
            tensors.put(ImportCases.ROOT + "classifier.dense.lora_A.weight", normal(1, DataType.FLOAT, 3, 12));
            tensors.put(ImportCases.ROOT + "classifier.dense.lora_B.weight", normal(2, DataType.FLOAT, 12, 3));
            ObjectNode config = ImportCases.lora("0.18.1");
            config.putArray("target_modules").add("query").add("value").add("dense");
            ImportCases.saver(config, tensors).save(folder);
        });
        spoil("other-root", all -> ImportCases.rename(all, query, "base_madel.model." + ImportCases.QUERY));
        spoil("other-ending", all -> ImportCases.rename(all, query + ".lora_A.weight", query + ".lora_A"));
        spoil(
                "trailing-axis",
                all -> all.computeIfPresent(query + ".lora_A.weight", (name, array) -> array.reshape(3, 12, 1)));
        spoil("other-rank-of-A", all -> all.put(query + ".lora_A.weight", normal(1, DataType.FLOAT, 2, 12)));
        spoil("other-rank-of-B", all -> all.put(query + ".lora_B.weight", normal(1, DataType.FLOAT, 10, 2)));
        spoil("other-rank", all -> {
            all.put(query + ".lora_A.weight", normal(1, DataType.FLOAT, 2, 12));
            all.put(query + ".lora_B.weight", normal(2, DataType.FLOAT, 10, 2));
        });
        spoil("one-array-twice", all -> {
            putHead(all, 3, 3);
            all.put(ImportCases.ROOT + "classifier.modules_to_save.default.weight", normal(1, DataType.FLOAT, 3, 12));
        });
        spoil("bias-of-more", all -> putHead(all, 3, 4));
        spoil("head-of-three-axes", all -> {
            putHead(all, 3, 3);
            all.computeIfPresent(ImportCases.ROOT + "classifier.weight", (name, array) -> array.reshape(3, 12, 1));
        });
        folders.put("pooler-beside-bert", folder -> {
            Map<String, INDArray> tensors = ImportCases.matrices("bert.", 3, DataType.FLOAT);
            tensors.put(ImportCases.ROOT + "pooler.dense.lora_A.weight", normal(518, DataType.FLOAT, 3, 12));
            tensors.put(ImportCases.ROOT + "pooler.dense.lora_B.weight", normal(519, DataType.FLOAT, 12, 3));
            ObjectNode config = ImportCases.lora("0.18.1");
            config.putArray("target_modules").add("query").add("value").add("pooler.dense");
            ImportCases.saver(config, tensors).save(folder);
        });
        folders.put("head-of-another-family", folder -> {
            Map<String, INDArray> tensors = ImportCases.matrices("roberta.", 3, DataType.FLOAT);
            putHead(tensors, 3, 3);
            ImportCases.saver(ImportCases.lora("0.18.1").put("task_type", "SEQ_CLS"), tensors)
                    .save(folder);
        });
        folders.put("prefix-in-part", folder -> {
            Map<String, INDArray> tensors = ImportCases.matrices("deberta.", 3, DataType.FLOAT);
            ImportCases.rename(
                    tensors,
                    ImportCases.ROOT + "deberta." + ImportCases.VALUE,
                    ImportCases.ROOT + "bert." + ImportCases.VALUE);
            ImportCases.saver(ImportCases.lora("0.18.1"), tensors).save(folder);
        });
        spoil("not-a-number", all -> all.get(query + ".lora_A.weight").putScalar(1, Float.NaN));
        spoil(
                "integers",
                all -> all.computeIfPresent(
                        query + ".lora_A.weight",
                        (name, array) -> array.muli(10).castTo(DataType.INT32)));
        spoil(
                "three-axes",
                all -> all.computeIfPresent(query + ".lora_A.weight", (name, array) -> array.reshape(1, 3, 12)));
        spoil("two-families", all -> {
            all.put(
                    ImportCases.ROOT + "bert." + ImportCases.QUERY + ".lora_A.weight",
                    normal(1, DataType.FLOAT, 3, 12));
            all.put(
                    ImportCases.ROOT + "bert." + ImportCases.QUERY + ".lora_B.weight",
                    normal(2, DataType.FLOAT, 12, 3));
        });
        spoil("one-part-twice", all -> all.put(query + ".lora_A.default.weight", normal(1, DataType.FLOAT, 3, 12)));
        spoil("half-a-head", all -> all.put(ImportCases.ROOT + "classifier.weight", normal(1, DataType.FLOAT, 3, 12)));
        spoil("nothing-adapted", all -> {
            all.clear();
            all.put(ImportCases.ROOT + "classifier.weight", normal(1, DataType.FLOAT, 3, 12));
            all.put(ImportCases.ROOT + "classifier.bias", normal(1, DataType.FLOAT, 3));
        });
        folders.put("output-matrix", RefusedImports::saveOutputMatrix);
        folders.put("head-of-a-language-model", folder -> {
            Map<String, INDArray> tensors = ImportCases.matrices("bert.", 3, DataType.FLOAT);
            tensors.put(ImportCases.ROOT + "classifier.weight", normal(510, DataType.FLOAT, 3, 12));
            tensors.put(ImportCases.ROOT + "classifier.bias", normal(511, DataType.FLOAT, 3));
            ImportCases.saver(ImportCases.lora("0.18.1").put("task_type", "CAUSAL_LM"), tensors)
                    .save(folder);
        });
    }

    private static void putHead(Map<String, INDArray> tensors, int outputs, int biases) {
        tensors.put(ImportCases.ROOT + "classifier.weight", normal(510, DataType.FLOAT, outputs, 12));
        tensors.put(ImportCases.ROOT + "classifier.bias", normal(511, DataType.FLOAT, biases));
    }

    /** What PEFT writes with lm_head among the targets. */
    private static void saveOutputMatrix(Path folder) throws IOException {
        ObjectNode config = ImportCases.lora("0.18.1").put("task_type", "CAUSAL_LM");
        config.putArray("target_modules").add("q_proj").add("lm_head");
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        for (String path : List.of("lm_head", "model.layers.0.self_attn.q_proj")) {
            tensors.put(ImportCases.ROOT + path + ".lora_A.weight", normal(532, DataType.FLOAT, 3, 12));
            tensors.put(ImportCases.ROOT + path + ".lora_B.weight", normal(533, DataType.FLOAT, 12, 3));
        }
        ImportCases.saver(config, tensors).save(folder);
    }

    private void spoil(String name, Consumer<Map<String, INDArray>> change) {
        Map<String, INDArray> tensors = ImportCases.matrices("", 3, DataType.FLOAT);
        change.accept(tensors);
        folders.put(name, ImportCases.saver(ImportCases.lora("0.18.1"), tensors));
    }
}
