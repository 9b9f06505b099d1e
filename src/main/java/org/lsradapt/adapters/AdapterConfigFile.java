package org.lsradapt.adapters;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.Initialization;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.ScalingRule;
import org.lsradapt.lsr.numerics.Precision;

/**
 * What {@code adapter_config.json} holds; docs/format.md describes it. Written is the first version of the format that
 * can say it.
 *
 * @param libraryVersion the version that wrote it
 * @param card base model and task; empty if adapters were saved without
 * @param adapters the adapted layers by their full names, with their configurations; empty if the head alone was
 *     trained
 * @param storage what the adapters' factors are stored in
 * @param headParameters names of the head's arrays; empty without a head
 * @param tensors length and checksum of the tensor file
 */
record AdapterConfigFile(
        String libraryVersion,
        Optional<AdapterCard> card,
        Map<String, LsrConfig> adapters,
        Precision storage,
        List<String> headParameters,
        FileCheck tensors) {

    static final String NAME = "adapter_config.json";

    /** One configuration for all adapters. */
    private static final int COMMON = 1;
    /** Several. */
    private static final int PER_LAYER = 2;
    /** One or several, and factors that are not in FP32. */
    private static final int STORED = 3;
    /** As the third, in any storage, for any family or none and any kind of task or none. */
    private static final int GENERAL = 4;

    private static final String[] FIELDS = {
        "format_version",
        "library_version",
        "base_model_name_or_path",
        "base_model_fingerprint",
        "max_length",
        "peft_type",
        "adapter",
        "adapters",
        "storage",
        "task",
        "head",
        "tensors"
    };
    private static final String[] GENERAL_FIELDS = {
        "format_version",
        "library_version",
        "base_model_name_or_path",
        "base_model_fingerprint",
        "model_type",
        "max_length",
        "peft_type",
        "adapters",
        "storage",
        "task",
        "head",
        "tensors"
    };
    /** Where one of them is, all are. */
    private static final List<String> CARD_FIELDS = List.of(
            "base_model_name_or_path", "base_model_fingerprint", "model_type", "max_length", "task");
    private static final String[] ADAPTER_FIELDS = {
        "r",
        "separation_rank",
        "factor_count",
        "alpha",
        "scaling_rule",
        "scaling",
        "in_factors",
        "out_factors",
        "rank_factors",
        "term_weights",
        "initialization",
        "seed",
        "target_modules"
    };
    private static final String PEFT_TYPE = "LSR";
    private static final String ROBERTA_OUTPUT = "classifier.out_proj.weight";

    void write(Path file) throws IOException {
        ObjectNode root = JsonFile.newObject();
        Map<LsrConfig, List<String>> targets = new LinkedHashMap<>();
        adapters.forEach((layer, config) ->
                targets.computeIfAbsent(config, first -> new ArrayList<>()).add(layer));
        int version = lowestVersion(targets.size());
        root.put("format_version", version);
        root.put("library_version", libraryVersion);
        card.ifPresent(known -> {
            root.put("base_model_name_or_path", known.baseModel());
            root.put("base_model_fingerprint", known.baseFingerprint());
            if (version == GENERAL) {
                root.put("model_type", known.modelType());
            }
            root.put("max_length", known.maxLength());
        });
        if (!targets.isEmpty()) {
            root.put("peft_type", PEFT_TYPE);
        }
        if (version >= STORED) {
            root.put("storage", storage.label());
        }
        if (targets.size() == 1 && version == COMMON) {
            targets.forEach((config, layers) -> writeAdapter(root.putObject("adapter"), config, layers));
        } else if (!targets.isEmpty()) {
            ArrayNode sections = root.putArray("adapters");
            targets.forEach((config, layers) -> writeAdapter(sections.addObject(), config, layers));
        }
        card.ifPresent(known -> writeTask(root, known.task()));
        ObjectNode check = root.putObject("tensors");
        check.put("bytes", tensors.bytes());
        check.put("crc32c", tensors.crc32c());
        JsonFile.write(file, root);
    }

    private int lowestVersion(int configurations) {
        boolean older = card.isPresent()
                && !headParameters.isEmpty()
                && card.get().modelType().equals(olderModelType(headParameters));
        if (!older) {
            return GENERAL;
        }
        return storage != Precision.FP32 ? STORED : configurations > 1 ? PER_LAYER : COMMON;
    }

    /** The family of the versions without {@code model_type}, which are for two. */
    private static String olderModelType(List<String> headParameters) {
        return headParameters.contains(ROBERTA_OUTPUT) ? "roberta" : "bert";
    }

    private void writeTask(ObjectNode root, TaskDescription task) {
        ObjectNode taskNode = root.putObject("task");
        taskNode.put("name", task.name());
        taskNode.put("kind", task.kind().label());
        if (task.isText()) {
            return;
        }
        putTexts(taskNode, "labels", task.labels());
        taskNode.put("pairs", task.pairs());
        ObjectNode head = root.putObject("head");
        head.put("outputs", task.outputs());
        putTexts(head, "parameters", headParameters);
    }

    private static void writeAdapter(ObjectNode node, LsrConfig adapter, List<String> targets) {
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
        if (!root.has("format_version") && root.has("peft_type") && !root.text("peft_type").equals(PEFT_TYPE)) {
            throw root.failure("peft_type", "found " + root.text("peft_type") + ", expected " + PEFT_TYPE
                    + "; an adapter of Hugging Face PEFT has to be imported");
        }
        int version = root.integer("format_version");
        if (version < COMMON || version > GENERAL) {
            throw root.failure("format_version", "found " + version + ", expected " + COMMON + " to " + GENERAL
                    + "; another version of this library wrote it");
        }
        root.requireOnly(version == GENERAL ? GENERAL_FIELDS : FIELDS);
        boolean withCard = version < GENERAL || CARD_FIELDS.stream().anyMatch(root::has);
        Optional<TaskDescription> task = withCard ? Optional.of(readTask(root, version)) : Optional.empty();
        boolean withHead = task.isPresent() && !task.get().isText();
        if (!withHead && root.has("head")) {
            throw root.failure("head", "expected none without a classification or regression");
        }
        List<String> head = withHead ? readHead(root, task.get()) : List.of();
        Map<String, LsrConfig> adapters = readAdapters(root, version, withHead);
        JsonFields tensors = root.object("tensors");
        tensors.requireOnly("bytes", "crc32c");
        return new AdapterConfigFile(
                root.text("library_version"),
                withCard ? Optional.of(readCard(root, version, task.get(), head)) : Optional.empty(),
                adapters,
                readStorage(root, version),
                head,
                new FileCheck(tensors.longInteger("bytes"), tensors.text("crc32c")));
    }

    /** The names of the head's arrays. */
    private static List<String> readHead(JsonFields root, TaskDescription task) throws IOException {
        JsonFields head = root.object("head");
        head.requireOnly("outputs", "parameters");
        if (head.integer("outputs") != task.outputs()) {
            throw head.failure("outputs", "found " + head.integer("outputs") + ", but the task has " + task.outputs());
        }
        List<String> parameters = head.texts("parameters");
        if (parameters.isEmpty()) {
            throw head.failure("parameters", "names no array, expected the head's");
        }
        return parameters;
    }

    private static Precision readStorage(JsonFields root, int version) throws IOException {
        if (version >= STORED) {
            return root.meaning("storage", label -> AdapterFolder.requireStorage(Precision.named(label)));
        }
        if (root.has("storage")) {
            throw root.failure("storage", "not known in format version " + version);
        }
        return Precision.FP32;
    }

    private static Map<String, LsrConfig> readAdapters(JsonFields root, int version, boolean withHead)
            throws IOException {
        String name = version == COMMON ? "adapter" : "adapters";
        if (version == COMMON && root.has("adapters")) {
            throw root.failure("adapters", "not known in format version " + COMMON);
        }
        Map<String, LsrConfig> adapters = new LinkedHashMap<>();
        boolean headAlone = withHead && (version == COMMON || version == GENERAL);
        if (headAlone && !root.has("peft_type") && !root.has(name)) {
            return adapters;
        }
        if (!root.text("peft_type").equals(PEFT_TYPE)) {
            throw root.failure("peft_type", "found " + root.text("peft_type") + ", expected " + PEFT_TYPE);
        }
        List<JsonFields> sections = version == COMMON ? List.of(root.object(name)) : root.objects(name);
        if (sections.isEmpty()) {
            throw root.failure(name, "has no adapter, expected at least one");
        }
        for (JsonFields fields : sections) {
            fields.requireOnly(ADAPTER_FIELDS);
            LsrConfig config = readAdapter(fields);
            List<String> targets = fields.texts("target_modules");
            if (targets.isEmpty()) {
                throw fields.failure("target_modules", "names no layer, expected at least one");
            }
            for (String target : targets) {
                if (adapters.put(target, config) != null) {
                    throw fields.failure("target_modules", "names " + target + " again");
                }
            }
        }
        return adapters;
    }

    private static TaskDescription readTask(JsonFields root, int version) throws IOException {
        JsonFields fields = root.object("task");
        TaskDescription.Kind kind = fields.meaning("kind", TaskDescription.Kind::named);
        if (kind == TaskDescription.Kind.TEXT) {
            if (version < GENERAL) {
                throw fields.failure("kind", "found " + kind.label() + ", not known in format version " + version);
            }
            fields.requireOnly("name", "kind");
            return TaskDescription.text(fields.text("name"));
        }
        fields.requireOnly("name", "kind", "labels", "pairs");
        List<String> labels = fields.texts("labels");
        if ((kind == TaskDescription.Kind.REGRESSION) != labels.isEmpty()) {
            throw fields.failure("kind", "found " + kind.label() + " with " + labels.size()
                    + " labels, expected classification with labels or regression without");
        }
        try {
            return new TaskDescription(fields.text("name"), kind, labels, fields.flag("pairs"));
        } catch (IllegalArgumentException e) {
            throw fields.failure("labels", e.getMessage());
        }
    }

    private static AdapterCard readCard(JsonFields root, int version, TaskDescription task, List<String> head)
            throws IOException {
        try {
            return new AdapterCard(
                    root.text("base_model_name_or_path"),
                    version == GENERAL ? root.text("model_type") : olderModelType(head),
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
