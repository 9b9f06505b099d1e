package org.lsradapt.conformance;

import static org.lsradapt.conformance.KitFiles.normal;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Folders of Hugging Face PEFT since version 2 of the kit: heads of other tasks, keys with alternatives, fields one by one. */
final class StrictImports {
    private static final int WIDTH = 12;

    private final Map<String, ImportCases.Saver> folders;
    private final Map<String, String> heads;

    /**
     * Adds to a case.
     *
     * @param folders by name, a writer for each
     * @param heads of those that have a head, the base model's type
     */
    StrictImports(Map<String, ImportCases.Saver> folders, Map<String, String> heads) {
        this.folders = folders;
        this.heads = heads;
    }

    void addTasks() {
        for (String[] family :
                new String[][] {{"bert", "bert."}, {"roberta", "roberta."}, {"deberta-v2", "deberta."}}) {
            accepted("tokens-" + family[0], "TOKEN_CLS", family[0], family[1], "classifier");
            accepted("answers-" + family[0], "QUESTION_ANS", family[0], family[1], "qa_outputs");
        }
        accepted("answers-saved", "QUESTION_ANS", "bert", "bert.", "qa_outputs.modules_to_save.default");
        refused("answers-as-classes", "SEQ_CLS", "bert.", "qa_outputs");
        refused("answers-as-tokens", "TOKEN_CLS", "bert.", "qa_outputs");
        refused("classes-as-answers", "QUESTION_ANS", "bert.", "classifier");
        refused("one-layer-of-two", "SEQ_CLS", "roberta.", "classifier");
        refused("two-layers-of-tokens", "TOKEN_CLS", "roberta.", "classifier.dense", "classifier.out_proj");
        refused("pooler-of-tokens", "TOKEN_CLS", "deberta.", "pooler.dense", "classifier");
        refused("on-the-answers", "QUESTION_ANS", "bert.", "qa_outputs.lora_A");
        for (double number : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
            folders.put("head-of-" + number, folder -> {
                Map<String, INDArray> tensors = withHead("bert.", "classifier");
                tensors.get(ImportCases.ROOT + "classifier.bias").putScalar(1, number);
                ImportCases.saver(config("SEQ_CLS", "classifier"), tensors).save(folder);
            });
        }
        folders.put("half-of-the-head", folder -> {
            Map<String, INDArray> tensors = withHead("bert.", "classifier");
            tensors.replaceAll((name, array) -> name.endsWith("classifier.weight")
                    ? array.castTo(DataType.BFLOAT16)
                    : array.castTo(DataType.FLOAT16));
            ImportCases.saver(config("SEQ_CLS", "classifier"), tensors).save(folder);
        });
        heads.put("half-of-the-head", "bert");
    }

    private static ObjectNode config(String task, String... modules) {
        ObjectNode config = ImportCases.lora("0.18.1").put("task_type", task);
        for (String module : modules) {
            int end = module.indexOf('.');
            config.withArray("modules_to_save").add(end < 0 ? module : module.substring(0, end));
        }
        return config;
    }

    private static Map<String, INDArray> withHead(String prefix, String... layers) {
        Map<String, INDArray> tensors = ImportCases.matrices(prefix, 3, DataType.FLOAT);
        for (int i = 0; i < layers.length; i++) {
            int outputs = i == layers.length - 1 ? (layers[i].startsWith("qa") ? 2 : 3) : WIDTH;
            String name = ImportCases.ROOT + layers[i];
            tensors.put(name + ".weight", normal(510 + 2 * i, DataType.FLOAT, outputs, WIDTH));
            tensors.put(name + ".bias", normal(511 + 2 * i, DataType.FLOAT, outputs));
        }
        return tensors;
    }

    private void accepted(String name, String task, String modelType, String prefix, String layer) {
        heads.put(name, modelType);
        refused(name, task, prefix, layer);
    }

    private void refused(String name, String task, String prefix, String... layers) {
        folders.put(name, ImportCases.saver(config(task, layers), withHead(prefix, layers)));
    }

    /** Keys of which one alternative has no brackets around it up to 0.14. */
    void addPatterns() {
        for (String version : List.of("0.13.2", "0.14.0", "0.18.1")) {
            Consumer<ObjectNode> keys =
                    config -> config.putObject("alpha_pattern").put("query|value", 9.1);
            folders.put("alternatives-" + version, ImportCases.lora(version, keys));
            Consumer<ObjectNode> turned =
                    config -> config.putObject("alpha_pattern").put("value|encoder.*query", 9.1);
            folders.put("turned-" + version, ImportCases.lora(version, turned));
            ObjectNode lokr = ImportCases.lokr(version);
            lokr.putObject("alpha_pattern").put("query|value", 9.1);
            folders.put("lokr-alternatives-" + version, ImportCases.saver(lokr, ImportCases.lokr()));
        }
        folders.put(
                "group",
                ImportCases.lora(
                        "0.14.0", config -> config.putObject("alpha_pattern").put("(?:query|value)", 9.1)));
        folders.put(
                "lookahead",
                ImportCases.lora(
                        "0.18.1", config -> config.putObject("alpha_pattern").put("self\\.(?!query)\\w+", 9.1)));
    }

    /** Fields of a wrong type, fields that must be off, and those that may be. */
    void addFields() {
        put("rank-pattern-as-array", config -> config.putArray("rank_pattern").add("query"));
        put("alpha-pattern-as-text", config -> config.put("alpha_pattern", "query"));
        put("accepted-rank-pattern-empty-array", config -> config.putArray("rank_pattern"));
        put("task-as-array", config -> config.putArray("task_type").add("SEQ_CLS"));
        put("kind-as-array", config -> config.putArray("peft_type").add("LORA"));
        put("array-as-module", config -> config.putArray("modules_to_save").addArray());
        put("accepted-bias-null", config -> config.putNull("bias"));
        put("accepted-bias-empty", config -> config.put("bias", ""));
        put("kind-as-number", config -> config.put("peft_type", 1));
        put("version-as-number", config -> config.put("peft_version", 0.18));
        put("version-of-other-digits", config -> config.put("peft_version", "٠.١٨"));
        put("base-as-number", config -> config.put("base_model_name_or_path", 7));
        put("rslora-as-text", config -> config.put("use_rslora", "yes"));
        put("rslora-as-number", config -> config.put("use_rslora", 1));
        put("dora-as-number", config -> config.put("use_dora", 1));
        put("bias-as-number", config -> config.put("bias", 0));
        put("modules-as-text", config -> config.put("modules_to_save", "classifier"));
        put("modules-as-number", config -> config.put("modules_to_save", 4));
        put("number-as-module", config -> config.putArray("modules_to_save").add(4));
        put("rank-beyond-32-bits", config -> config.put("r", (1L << 32) + 3));
        put(
                "rank-of-pattern-beyond-32-bits",
                config -> config.putObject("rank_pattern").put("none", (1L << 32) + 3));
        folders.put("alpha-of-400-digits", folder -> {
            ImportCases.lora("0.18.1", config -> {}).save(folder);
            replace(folder, "\"lora_alpha\" : 5.3", "\"lora_alpha\" : 1" + "0".repeat(400));
        });
        put(
                "key-that-is-no-expression",
                config -> config.putObject("alpha_pattern").put("query(", 9.1));
        put("named-group", config -> config.put("target_modules", ".*\\.(?P<name>query|value)"));
        folders.put("accepted-byte-order-mark", folder -> {
            ImportCases.lora("0.18.1", config -> {}).save(folder);
            replace(folder, "{", "\ufeff{");
        });
        for (String field : List.of(
                "layer_replication",
                "loftq_config",
                "megatron_config",
                "corda_config",
                "lora_bias",
                "trainable_token_indices",
                "target_parameters",
                "ensure_weight_tying")) {
            put(field, config -> config.put(field, true));
        }
        for (String field : List.of("alpha", "decompose_both", "rank_dropout", "init_weights")) {
            put(field + "-of-lokr", config -> config.put(field, 1));
            put("accepted-" + field + "-of-lokr-off", config -> config.put(field, false));
        }
        for (String field : List.of("use_rslora", "use_dora", "bias", "lora_dropout", "init_lora_weights")) {
            folders.put(
                    "lokr-with-" + field,
                    ImportCases.saver(ImportCases.lokr("0.18.1").put(field, true), ImportCases.lokr()));
        }
        for (String field : List.of("runtime_config", "eva_config", "megatron_core", "auto_mapping", "revision")) {
            put("accepted-" + field, config -> config.put(field, "on"));
        }
        put(
                "accepted-answers-to-save",
                config -> config.putArray("modules_to_save").add("qa_outputs"));
    }

    private void put(String name, Consumer<ObjectNode> change) {
        folders.put(name, ImportCases.lora("0.18.1", change));
    }

    private static void replace(Path folder, String from, String to) throws IOException {
        Path file = folder.resolve(ImportCases.CONFIG);
        String text = Files.readString(file);
        int at = text.indexOf(from);
        Files.writeString(file, text.substring(0, at) + to + text.substring(at + from.length()));
    }
}
