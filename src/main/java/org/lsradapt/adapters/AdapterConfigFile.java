package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.io.JsonFile;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;

/**
 * What {@code adapter_config.json} holds.
 *
 * @param libraryVersion the version that wrote it
 * @param card base model and task
 * @param adapter the adapters' configuration; null if the head alone was trained
 * @param targets full names of the adapted layers; empty if the head alone was trained
 * @param headParameters names of the head's arrays
 * @param tensors length and checksum of the tensor file
 */
record AdapterConfigFile(
        String libraryVersion,
        AdapterCard card,
        LsrConfig adapter,
        List<String> targets,
        List<String> headParameters,
        FileCheck tensors) {

    static final String NAME = "adapter_config.json";

    private static final int FORMAT_VERSION = 1;
    private static final String PEFT_TYPE = "LSR";
    private static final String CLASSIFICATION = "classification";
    private static final String REGRESSION = "regression";

    void write(Path file) throws IOException {
        ObjectNode root = JsonFile.newObject();
        root.put("format_version", FORMAT_VERSION);
        root.put("library_version", libraryVersion);
        root.put("base_model_name_or_path", card.baseModel());
        root.put("base_model_fingerprint", card.baseFingerprint());
        root.put("max_length", card.maxLength());
        if (adapter != null) {
            writeAdapter(root.put("peft_type", PEFT_TYPE).putObject("adapter"));
        }
        TaskDescription task = card.task();
        ObjectNode taskNode = root.putObject("task");
        taskNode.put("name", task.name());
        taskNode.put("kind", task.isRegression() ? REGRESSION : CLASSIFICATION);
        putTexts(taskNode, "labels", task.labels());
        taskNode.put("pairs", task.pairs());
        ObjectNode head = root.putObject("head");
        head.put("outputs", task.outputs());
        putTexts(head, "parameters", headParameters);
        ObjectNode check = root.putObject("tensors");
        check.put("bytes", tensors.bytes());
        check.put("crc32c", tensors.crc32c());
        JsonFile.write(file, root);
    }

    private void writeAdapter(ObjectNode node) {
        node.put("r", adapter.bottleneckRank());
        node.put("separation_rank", adapter.separationRank());
        node.put("factor_count", adapter.factorCount());
        node.put("alpha", adapter.alpha());
        node.put("scaling_rule", adapter.scalingRule().label());
        node.put("scaling", adapter.scaling());
        putIntegers(node, "in_factors", adapter.inFactors());
        putIntegers(node, "out_factors", adapter.outFactors());
        putIntegers(node, "rank_factors", adapter.rankFactors());
        node.put("term_weights", adapter.termWeights());
        node.put("initialization", adapter.initialization().label());
        node.put("seed", adapter.seed());
        putTexts(node, "target_modules", targets);
    }

    private static void putTexts(ObjectNode node, String name, List<String> texts) {
        ArrayNode array = node.putArray(name);
        texts.forEach(array::add);
    }

    private static void putIntegers(ObjectNode node, String name, List<Integer> integers) {
        ArrayNode array = node.putArray(name);
        integers.forEach(array::add);
    }

    static AdapterConfigFile read(Path file) throws IOException {
        JsonFields root = new JsonFields(file.toString(), JsonFile.readObject(file));
        int version = root.integer("format_version");
        if (version != FORMAT_VERSION) {
            throw root.failure("format_version", "found " + version + ", expected " + FORMAT_VERSION
                    + "; another version of this library wrote it");
        }
        LsrConfig adapter = null;
        List<String> targets = List.of();
        if (root.has("peft_type") || root.has("adapter")) {
            if (!root.text("peft_type").equals(PEFT_TYPE)) {
                throw root.failure("peft_type", "found " + root.text("peft_type") + ", expected " + PEFT_TYPE);
            }
            JsonFields fields = root.object("adapter");
            adapter = readAdapter(fields);
            targets = fields.texts("target_modules");
            if (targets.isEmpty()) {
                throw fields.failure("target_modules", "names no layer, expected at least one");
            }
        }
        JsonFields head = root.object("head");
        JsonFields tensors = root.object("tensors");
        AdapterCard card = readCard(root);
        if (head.integer("outputs") != card.task().outputs()) {
            throw head.failure("outputs", "found " + head.integer("outputs") + ", but the task has "
                    + card.task().outputs());
        }
        List<String> headParameters = head.texts("parameters");
        if (headParameters.isEmpty()) {
            throw head.failure("parameters", "names no array, expected the head's");
        }
        return new AdapterConfigFile(
                root.text("library_version"),
                card,
                adapter,
                targets,
                headParameters,
                new FileCheck(tensors.longInteger("bytes"), tensors.text("crc32c")));
    }

    private static AdapterCard readCard(JsonFields root) throws IOException {
        JsonFields fields = root.object("task");
        String kind = fields.text("kind");
        List<String> labels = fields.texts("labels");
        if (!kind.equals(labels.isEmpty() ? REGRESSION : CLASSIFICATION)) {
            throw fields.failure("kind", "found " + kind + " with " + labels.size() + " labels, expected "
                    + CLASSIFICATION + " with labels or " + REGRESSION + " without");
        }
        TaskDescription task;
        try {
            task = new TaskDescription(fields.text("name"), labels, fields.flag("pairs"));
        } catch (IllegalArgumentException e) {
            throw fields.failure("labels", e.getMessage());
        }
        try {
            return new AdapterCard(
                    root.text("base_model_name_or_path"),
                    root.text("base_model_fingerprint"),
                    task,
                    root.integer("max_length"));
        } catch (IllegalArgumentException e) {
            throw root.failure("max_length", e.getMessage());
        }
    }

    private static LsrConfig readAdapter(JsonFields fields) throws IOException {
        LsrConfig config;
        LsrConfig.Builder builder = LsrConfig.builder()
                .bottleneckRank(fields.integer("r"))
                .separationRank(fields.integer("separation_rank"))
                .factorCount(fields.integer("factor_count"))
                .alpha(fields.number("alpha"))
                .scalingRule(fields.meaning("scaling_rule", ScalingRule::named))
                .inFactors(fields.integers("in_factors"))
                .outFactors(fields.integers("out_factors"))
                .rankFactors(fields.integers("rank_factors"))
                .termWeights(fields.flag("term_weights"))
                .initialization(fields.meaning("initialization", Initialization::named))
                .seed(fields.longInteger("seed"));
        try {
            config = builder.build();
        } catch (IllegalArgumentException e) {
            throw fields.failure(e.getMessage());
        }
        double scaling = fields.number("scaling");
        if (scaling != config.scaling()) {
            throw fields.failure("scaling", "found " + scaling + ", but alpha " + config.alpha() + " with rule "
                    + config.scalingRule().label() + " and r " + config.bottleneckRank() + " makes "
                    + config.scaling());
        }
        return config;
    }
}
