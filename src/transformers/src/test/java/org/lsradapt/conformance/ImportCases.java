package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import org.lsradapt.adapters.SavedLayer;
import org.lsradapt.adapters.peft.ImportedAdapter;
import org.lsradapt.io.SafeTensors;
import org.lsradapt.io.internal.JsonFile;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Folders of Hugging Face PEFT and files of the paper's authors to read, and such folders to refuse. */
final class ImportCases {
    static final String CONFIG = "adapter_config.json";
    static final String TENSORS = "adapter_model.safetensors";
    static final String ROOT = "base_model.model.";
    static final String QUERY = "encoder.layer.0.attention.self.query";
    static final String VALUE = "encoder.layer.1.attention.self.value";

    /** The folders of a case by name; a writer for each. */
    private final Map<String, Saver> folders = new LinkedHashMap<>();

    /** Of those that have a head, the base model's type. */
    private final Map<String, String> heads = new LinkedHashMap<>();

    interface Saver {
        void save(Path folder) throws IOException;
    }

    private ImportCases() {}

    static List<KitCase> all() {
        ImportCases lora = new ImportCases();
        lora.addLora();
        ImportCases lokr = new ImportCases();
        lokr.addLokr();
        ImportCases refused = new ImportCases();
        new RefusedImports(refused.folders).add();
        ImportCases tasks = new ImportCases();
        new StrictImports(tasks.folders, tasks.heads).addTasks();
        ImportCases patterns = new ImportCases();
        new StrictImports(patterns.folders, patterns.heads).addPatterns();
        ImportCases fields = new ImportCases();
        new StrictImports(fields.folders, fields.heads).addFields();
        return List.of(
                lora.made("import-lora"),
                lokr.made("import-lokr"),
                refused.made("import-refused"),
                tasks.made("import-tasks").since(2),
                patterns.made("import-alternatives").since(2),
                fields.made("import-fields").since(2),
                authors(),
                refusedAuthors("import-authors-terms", 4, 2, 2),
                refusedAuthors("import-authors-ranks", 3, 2, 3),
                refusedAuthors("import-authors-rank-of-A", 3, 3, 2));
    }

    /** Its results are listed in the manifest, so the folders are read here. */
    private KitCase made(String name) {
        KitCase made = new KitCase(name, "peft-import", "import-peft").files(caseFolder -> {
            for (Map.Entry<String, Saver> folder : folders.entrySet()) {
                folder.getValue().save(caseFolder.resolve(folder.getKey()));
            }
        });
        ArrayNode listed = made.settings.putArray("folders");
        heads.forEach(made.settings.putObject("heads")::put);
        folders.forEach((folder, saver) -> {
            listed.add(folder);
            made.scalars(0, folder);
            try {
                Path scratch = Files.createTempDirectory("lsr-conformance");
                saver.save(scratch);
                addOutputs(made, folder, scratch);
                for (String file : ConformanceKit.files(scratch)) {
                    Files.delete(scratch.resolve(file));
                }
                Files.delete(scratch);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return made;
    }

    private void addOutputs(KitCase made, String folder, Path scratch) throws IOException {
        try (ImportedAdapter imported = ImportOperations.load(scratch)) {
            for (SavedLayer layer : imported.layers()) {
                made.ofLargest(RoundOff.products(), folder + "/delta." + layer.name());
            }
            if (heads.containsKey(folder)) {
                ImportOperations.head(imported, heads.get(folder))
                        .keySet()
                        .forEach(name -> made.bits(folder + "/head." + name));
            }
        } catch (IOException refused) {
            // It has no outputs but the reason.
        }
    }

    static ObjectNode lora(String version) {
        ObjectNode config = JsonFile.newObject();
        config.put("peft_type", "LORA")
                .put("task_type", "FEATURE_EXTRACTION")
                .put("base_model_name_or_path", "org/tiny")
                .put("r", 3)
                .put("lora_alpha", 5.3)
                .put("lora_dropout", 0.1)
                .put("bias", "none")
                .put("init_lora_weights", true)
                .put("inference_mode", true);
        if (version != null) {
            config.put("peft_version", version);
        }
        config.putArray("target_modules").add("query").add("value");
        return config;
    }

    /** LoRA's matrices as PyTorch has them, lora_A [r, in] and lora_B [out, r], of two layers of a BERT by itself. */
    static Map<String, INDArray> matrices(String path, int r, DataType type) {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        long seed = 500;
        for (String layer : List.of(QUERY, VALUE)) {
            tensors.put(ROOT + path + layer + ".lora_A.weight", normal(seed++, type, r, 12));
            tensors.put(ROOT + path + layer + ".lora_B.weight", normal(seed++, type, 10, r));
        }
        return tensors;
    }

    static Saver saver(ObjectNode config, Map<String, INDArray> tensors) {
        return folder -> {
            Files.createDirectories(folder);
            JsonFile.write(folder.resolve(CONFIG), config);
            SafeTensors.write(folder.resolve(TENSORS), tensors, Map.of("format", "pt"));
        };
    }

    static Saver lora(String version, Consumer<ObjectNode> change) {
        ObjectNode config = lora(version);
        change.accept(config);
        return saver(config, matrices("", 3, DataType.FLOAT));
    }

    private void addLora() {
        folders.put("plain", lora("0.18.1", config -> {}));
        folders.put("rank-stabilized", lora("0.18.1", config -> config.put("use_rslora", true)));
        folders.put("not-rank-stabilized", lora("0.18.1", config -> config.put("use_rslora", false)));
        for (DataType type : List.of(DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE)) {
            folders.put("of-" + type.name().toLowerCase(Locale.ROOT), saver(lora("0.18.1"), matrices("", 3, type)));
        }
        addHead("classifier", "bert", "bert.", "classifier.%s");
        addHead("saved-modules", "bert", "bert.", "classifier.modules_to_save.default.%s");
        addHead("two-layers", "roberta", "roberta.", "classifier.dense.%s", "classifier.out_proj.%s");
        addHead("trained-pooler", "deberta-v2", "deberta.", "pooler.dense.%s", "classifier.%s");
        folders.put("language-model", folder -> {
            ObjectNode config = lora("0.18.1").put("task_type", "CAUSAL_LM").put("target_modules", ".*\\.(q|up)_proj");
            Map<String, INDArray> tensors = new LinkedHashMap<>();
            tensors.put(ROOT + "model.layers.0.self_attn.q_proj.lora_A.weight", normal(512, DataType.FLOAT, 3, 12));
            tensors.put(ROOT + "model.layers.0.self_attn.q_proj.lora_B.weight", normal(513, DataType.FLOAT, 12, 3));
            tensors.put(ROOT + "model.layers.1.mlp.up_proj.lora_A.weight", normal(514, DataType.FLOAT, 3, 12));
            tensors.put(ROOT + "model.layers.1.mlp.up_proj.lora_B.weight", normal(515, DataType.FLOAT, 20, 3));
            saver(config, tensors).save(folder);
        });
        folders.put("no-base", lora("0.18.1", config -> config.putNull("base_model_name_or_path")));
        folders.put("rank-one", saver(lora("0.18.1").put("r", 1), matrices("", 1, DataType.FLOAT)));
        folders.put(
                "alpha-alone-0.13",
                lora("0.13.2", config -> config.putObject("alpha_pattern").put("value", 2.3)));
        folders.put("undated-as-0.14", lora(null, config -> putPatterns(config.putNull("exclude_modules"))));
        folders.put("no-task", lora("0.18.1", config -> config.putNull("task_type")));
        for (String start : List.of("gaussian", "eva", "orthogonal")) {
            folders.put("started-" + start, lora("0.18.1", config -> config.put("init_lora_weights", start)));
        }
        folders.put("adapted-pooler", folder -> {
            Map<String, INDArray> tensors = matrices("deberta.", 3, DataType.FLOAT);
            tensors.put(ROOT + "pooler.dense.lora_A.weight", normal(518, DataType.FLOAT, 3, 12));
            tensors.put(ROOT + "pooler.dense.lora_B.weight", normal(519, DataType.FLOAT, 12, 3));
            ObjectNode config = lora("0.18.1");
            config.putArray("target_modules").add("query").add("value").add("pooler.dense");
            saver(config, tensors).save(folder);
        });
        folders.put("named-default", folder -> {
            Map<String, INDArray> tensors = new LinkedHashMap<>();
            matrices("", 3, DataType.FLOAT)
                    .forEach((name, array) -> tensors.put(name.replace(".weight", ".default.weight"), array));
            saver(lora("0.18.1"), tensors).save(folder);
        });
        folders.put(
                "fields-off",
                lora(
                        "0.18.1",
                        config -> config.put("loftq_config", "")
                                .putNull("eva_config")
                                .put("of_tomorrow", false)
                                .putObject("corda_config")));
        for (String version : List.of("0.13.2", "0.14.0", "0.15.0", "1.2.0")) {
            folders.put("patterns-" + version, lora(version, ImportCases::putPatterns));
        }
        // By their fields: all that 0.13 had, what 0.14 brought, what came later.
        folders.put("patterns-as-0.13", lora(null, config -> putPatterns(putAll(config))));
        folders.put(
                "patterns-as-0.14",
                lora(null, config -> putPatterns(putAll(config).putNull("exclude_modules"))));
        folders.put(
                "patterns-as-0.15",
                lora(
                        null,
                        config -> putPatterns(
                                putAll(config).putNull("exclude_modules").putNull("corda_config"))));
        folders.put("undated-and-plain", lora(null, config -> {}));
        folders.put("undated", lora(null, ImportCases::putPatterns));
        // As exports name layers; up to 0.13 the expression does not match where nothing stands before a name.
        folders.put(
                "whole-names",
                lora("0.13.2", config -> config.putObject("alpha_pattern").put(VALUE, 2.3)));
        folders.put("rank-pattern", folder -> {
            ObjectNode config = lora("0.18.1");
            config.putObject("rank_pattern")
                    .put("layer.1.attention.self.value", 2)
                    .put(".*value", 7);
            Map<String, INDArray> tensors = matrices("", 3, DataType.FLOAT);
            tensors.put(ROOT + VALUE + ".lora_A.weight", normal(516, DataType.FLOAT, 2, 12));
            tensors.put(ROOT + VALUE + ".lora_B.weight", normal(517, DataType.FLOAT, 10, 2));
            saver(config, tensors).save(folder);
        });
    }

    /** A classifier of three classes with layers of such names, the last of which gives the outputs. */
    private void addHead(String name, String modelType, String path, String... layers) {
        heads.put(name, modelType);
        folders.put(name, folder -> {
            ObjectNode config = lora("0.18.1").put("task_type", "SEQ_CLS");
            config.putArray("modules_to_save").add("classifier").add("score").add("pooler");
            Map<String, INDArray> tensors = matrices(path, 3, DataType.FLOAT);
            for (int i = 0; i < layers.length; i++) {
                int outputs = i == layers.length - 1 ? 3 : 12;
                tensors.put(
                        ROOT + String.format(layers[i], "weight"), normal(510 + 2 * i, DataType.FLOAT, outputs, 12));
                tensors.put(ROOT + String.format(layers[i], "bias"), normal(511 + 2 * i, DataType.FLOAT, outputs));
            }
            saver(config, tensors).save(folder);
        });
    }

    /** One key for both up to 0.13; one that no whole name has; and one that begins with ^, which up to 0.14 matches nothing. */
    private static void putPatterns(ObjectNode config) {
        config.putObject("rank_pattern").put("query", 3);
        config.putObject("alpha_pattern")
                .put("uery", 9.1)
                .put("self.query", 7.9)
                .put("^encoder.layer.1.*", 2.3);
    }

    private static ObjectNode putAll(ObjectNode config) {
        for (String name :
                List.of("auto_mapping", "revision", "modules_to_save", "layers_pattern", "layers_to_transform")) {
            config.putNull(name);
        }
        return config.put("fan_in_fan_out", false);
    }

    static ObjectNode lokr(String version) {
        ObjectNode config = lora(version);
        config.remove(List.of("lora_alpha", "lora_dropout", "bias", "init_lora_weights"));
        return config.put("peft_type", "LOKR")
                .put("alpha", 5.3)
                .put("decompose_both", true)
                .put("decompose_factor", -1);
    }

    /** w1 [2, 3] or [5, 4] and w2 [5, 4] or [2, 3] of a layer [out 10, in 12], each whole or a product. */
    static Map<String, INDArray> lokr() {
        Map<String, INDArray> tensors = new LinkedHashMap<>();
        tensors.put(ROOT + QUERY + ".lokr_w1", normal(520, DataType.FLOAT, 2, 3));
        tensors.put(ROOT + QUERY + ".lokr_w2_a", normal(521, DataType.FLOAT, 5, 3));
        tensors.put(ROOT + QUERY + ".lokr_w2_b", normal(522, DataType.FLOAT, 3, 4));
        tensors.put(ROOT + VALUE + ".lokr_w1_a", normal(523, DataType.FLOAT, 5, 3));
        tensors.put(ROOT + VALUE + ".lokr_w1_b", normal(524, DataType.FLOAT, 3, 4));
        tensors.put(ROOT + VALUE + ".lokr_w2", normal(525, DataType.FLOAT, 2, 3));
        tensors.put(ROOT + "encoder.layer.2.attention.self.value.lokr_w1", normal(526, DataType.FLOAT, 5, 4));
        tensors.put(ROOT + "encoder.layer.2.attention.self.value.lokr_w2", normal(527, DataType.FLOAT, 2, 3));
        return tensors;
    }

    private void addLokr() {
        for (String version : List.of("0.13.2", "0.14.0", "0.18.1")) {
            ObjectNode config = lokr(version);
            config.putObject("rank_pattern").put("query", 3);
            config.putObject("alpha_pattern").put("self.query", 7.9);
            folders.put("lokr-" + version, saver(config, lokr()));
        }
        folders.put("lokr-undated", saver(lokr(null), lokr()));
        ObjectNode beginning = lokr("0.14.0");
        beginning.putObject("alpha_pattern").put("encoder.layer.0.*query", 7.9);
        folders.put("lokr-key-of-a-beginning", saver(beginning, lokr()));
        // All that 0.14 wrote, which today's version writes too.
        ObjectNode whole = putAll(lokr(null)).put("rank_dropout", 0.0).put("module_dropout", 0.0);
        whole.remove("fan_in_fan_out");
        whole.put("use_effective_conv2d", false).put("init_weights", true).putNull("exclude_modules");
        whole.putObject("rank_pattern").put("query", 3);
        whole.putObject("alpha_pattern").put("self.query", 7.9);
        folders.put("lokr-undated-as-0.14", saver(whole, lokr()));
        folders.put("lokr-wide", folder -> {
            Map<String, INDArray> tensors = lokr();
            tensors.put(ROOT + QUERY + ".lokr_w2_a", normal(528, DataType.FLOAT, 5, 30));
            tensors.put(ROOT + QUERY + ".lokr_w2_b", normal(529, DataType.FLOAT, 30, 4));
            tensors.keySet().removeIf(name -> name.contains(VALUE));
            saver(lokr("0.18.1").put("r", 30), tensors).save(folder);
        });
        folders.put("lokr-between", folder -> {
            Map<String, INDArray> tensors = lokr();
            tensors.put(ROOT + QUERY + ".lokr_w2_a", normal(530, DataType.FLOAT, 5, 6));
            tensors.put(ROOT + QUERY + ".lokr_w2_b", normal(531, DataType.FLOAT, 6, 4));
            tensors.keySet().removeIf(name -> name.contains(VALUE) || name.contains("layer.2"));
            saver(lokr("0.18.1").put("r", 6), tensors).save(folder);
        });
        for (int[] ranks : new int[][] {{2, 2}, {2, 3}, {3, 2}}) {
            folders.put("lokr-ranks-" + ranks[0] + "-" + ranks[1], folder -> {
                Map<String, INDArray> tensors = lokr();
                tensors.put(ROOT + QUERY + ".lokr_w2_a", normal(521, DataType.FLOAT, 5, ranks[0]));
                tensors.put(ROOT + QUERY + ".lokr_w2_b", normal(522, DataType.FLOAT, ranks[1], 4));
                saver(lokr("0.18.1"), tensors).save(folder);
            });
        }
        folders.put("lokr-ending", folder -> {
            Map<String, INDArray> tensors = lokr();
            rename(tensors, ROOT + VALUE + ".lokr_w2", ROOT + VALUE + ".lokr_w2.weight");
            saver(lokr("0.18.1"), tensors).save(folder);
        });
        folders.put("lokr-twice-b", folder -> {
            Map<String, INDArray> tensors = lokr();
            tensors.put(ROOT + VALUE + ".lokr_w2_b", normal(528, DataType.FLOAT, 3, 3));
            saver(lokr("0.18.1"), tensors).save(folder);
        });
        folders.put("lokr-twice", folder -> {
            Map<String, INDArray> tensors = lokr();
            tensors.put(ROOT + VALUE + ".lokr_w2_a", normal(528, DataType.FLOAT, 2, 3));
            saver(lokr("0.18.1"), tensors).save(folder);
        });
    }

    /** Another beginning for all names that begin so. */
    static void rename(Map<String, INDArray> tensors, String from, String to) {
        for (String name : List.copyOf(tensors.keySet())) {
            if (name.startsWith(from)) {
                tensors.put(to + name.substring(from.length()), tensors.remove(name));
            }
        }
    }

    /** One whose second factors have other terms than the first ones, or another q. */
    private static KitCase refusedAuthors(String name, int terms, int rankOfA, int rankOfB) {
        KitCase made = new KitCase(name, "peft-import", "import-authors");
        made.settings.put("lora_alpha", 5.3);
        String layer = "roberta." + QUERY;
        return made.tensor(layer + ".lora_A1", normal(540, DataType.FLOAT, 3, 2, 4))
                .tensor(layer + ".lora_A2", normal(541, DataType.FLOAT, terms, rankOfA, 3))
                .tensor(layer + ".lora_B1", normal(542, DataType.FLOAT, 3, 5, 2))
                .tensor(layer + ".lora_B2", normal(543, DataType.FLOAT, 3, 2, rankOfB))
                .scalars(0, "refused");
    }

    /** The state dict of LSR-Adapt's authors. */
    private static KitCase authors() {
        KitCase made = new KitCase("import-authors", "peft-import", "import-authors");
        made.settings.put("lora_alpha", 5.3);
        long seed = 530;
        for (String layer : List.of("roberta." + QUERY, "roberta." + VALUE)) {
            made.tensor(layer + ".lora_A1", normal(seed++, DataType.FLOAT, 3, 2, 4))
                    .tensor(layer + ".lora_A2", normal(seed++, DataType.FLOAT, 3, 2, 3))
                    .tensor(layer + ".lora_B1", normal(seed++, DataType.FLOAT, 3, 5, 2))
                    .tensor(layer + ".lora_B2", normal(seed++, DataType.FLOAT, 3, 2, 2));
        }
        return made.ofLargest(RoundOff.products(), "delta." + QUERY, "delta." + VALUE)
                .scalars(0, "description");
    }
}
