package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.adapters.AdapterKinds;
import org.lsradapt.families.Families;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.internal.patterns.BoundedPattern;

/**
 * An adapter's description in PEFT's {@code adapter_config.json}.
 *
 * @param reader reads adapters of the file's type
 * @param baseModel the base model's name in the file, or null
 * @param task the task type; empty if unspecified
 * @param rank r of layers that no pattern matches
 * @param alpha α of layers that no pattern matches
 * @param rankStabilized whether α is divided by √r
 * @param ranks r by patterns of layer paths
 * @param alphas α by patterns of layer paths
 * @param targets the adapted layers, by their paths
 * @param targetsMatch whether the targets are given by an expression
 * @param rules the possible meanings of the patterns and α, by the versions that may have written the file; at least one
 * @param patterns matches paths with expressions
 */
record PeftConfig(
        String location,
        PeftReader reader,
        JsonFields fields,
        String baseModel,
        Optional<PeftTask> task,
        int rank,
        double alpha,
        boolean rankStabilized,
        Map<String, Integer> ranks,
        Map<String, Double> alphas,
        LayerSelector targets,
        boolean targetsMatch,
        List<PeftRules> rules,
        PeftPatterns patterns) {

    static final String NAME = "adapter_config.json";

    /** Fields that are read here, or that do not affect a trained adapter's output. */
    private static final Set<String> COMMON = Set.of(
            "peft_type",
            "peft_version",
            "task_type",
            "auto_mapping",
            "base_model_name_or_path",
            "revision",
            "inference_mode",
            "r",
            "target_modules",
            "rank_pattern",
            "alpha_pattern",
            "modules_to_save",
            "layers_pattern",
            "runtime_config");

    /** The modules of classifiers; PEFT puts classifier and score into every classifier's file. */
    private static final Set<String> HEADS = Families.all().stream()
            .flatMap(family -> Stream.of(family.headParameters(), family.answerHeadParameters()))
            .flatMap(List::stream)
            .map(name -> name.substring(0, name.indexOf('.')))
            .collect(Collectors.toCollection(LinkedHashSet::new));

    static PeftConfig read(Path file) throws IOException {
        JsonFields fields = new JsonFields(file.toString(), JsonFile.readObject(file));
        String type = fields.text("peft_type");
        PeftReader reader = reader(type, fields);
        Set<String> own = reader.fields();
        for (String name : fields.names()) {
            if (!COMMON.contains(name) && !own.contains(name)) {
                fields.requireOff(name, "which is not known or cannot be represented here");
            }
        }
        if (!fields.isOff("task_type") && !PeftTask.names().contains(fields.text("task_type"))) {
            throw fields.failure(
                    "task_type",
                    "found " + fields.text("task_type") + ", expected one of " + String.join(", ", PeftTask.names()));
        }
        if (!fields.isOff("modules_to_save") && !HEADS.containsAll(fields.texts("modules_to_save"))) {
            throw fields.failure(
                    "modules_to_save",
                    "found " + fields.texts("modules_to_save") + ", expected none but the head: "
                            + String.join(", ", HEADS));
        }
        if (!fields.isOff("bias") && !fields.text("bias").equals("none")) {
            throw fields.failure(
                    "bias",
                    "found " + fields.text("bias") + "; trained biases cannot be represented here, expected none");
        }
        Optional<String> alphaField = reader.alphaField();
        if (alphaField.isEmpty()) {
            fields.requireOff("alpha_pattern", "which " + type + " does not have");
        }
        reader.check().check(fields);
        Map<String, Integer> ranks = new LinkedHashMap<>();
        Map<String, Double> alphas = new LinkedHashMap<>();
        if (!fields.isOff("rank_pattern")) {
            JsonFields patterns = fields.object("rank_pattern");
            for (String name : patterns.names()) {
                requireExpression(patterns, name);
                ranks.put(name, positive(patterns, name));
            }
        }
        if (!fields.isOff("alpha_pattern")) {
            JsonFields patterns = fields.object("alpha_pattern");
            for (String name : patterns.names()) {
                requireExpression(patterns, name);
                alphas.put(name, patterns.number(name));
            }
        }
        return new PeftConfig(
                file.toString(),
                reader,
                fields,
                fields.isOff("base_model_name_or_path") ? null : fields.text("base_model_name_or_path"),
                fields.isOff("task_type") ? Optional.empty() : Optional.of(PeftTask.valueOf(fields.text("task_type"))),
                alphaField.isEmpty() ? 1 : positive(fields, "r"),
                alphaField.isEmpty() ? 1 : fields.number(alphaField.get()),
                !fields.isOff("use_rslora") && fields.flag("use_rslora"),
                ranks,
                alphas,
                targets(fields),
                fields.isText("target_modules"),
                alphaField.isEmpty() ? List.of(PeftRules.FROM_0_15) : PeftRules.of(fields, reader.isLycoris()),
                new PeftPatterns(file.toString()));
    }

    boolean causal() {
        return task.equals(Optional.of(PeftTask.CAUSAL_LM));
    }

    /** The names of the head's arrays that the adapter may have with a family, in order. */
    List<String> head(Family family) {
        return PeftTask.headParameters(task, family);
    }

    /** Returns the task type, unless the file has a head, as {@code withHead} says, that the type does not know. */
    Optional<PeftTask> task(boolean withHead) {
        return task.filter(type -> !withHead || type != PeftTask.FEATURE_EXTRACTION);
    }

    private static PeftReader reader(String type, JsonFields fields) throws IOException {
        List<PeftReader> readers = new AdapterKinds()
                .all().stream()
                        .filter(PeftKind.class::isInstance)
                        .flatMap(kind -> ((PeftKind) kind).readers().stream())
                        .toList();
        return readers.stream()
                .filter(reader -> reader.type().equals(type))
                .findFirst()
                .orElseThrow(() -> fields.failure(
                        "peft_type",
                        "found " + type + ", expected "
                                + String.join(", ", types(readers.subList(0, readers.size() - 1))) + " or "
                                + readers.get(readers.size() - 1).type()
                                + (type.equals("LSR")
                                        ? "; this is a folder of this library's own, which needs no import"
                                        : "")));
    }

    private static List<String> types(List<PeftReader> readers) {
        return readers.stream().map(PeftReader::type).toList();
    }

    boolean isLycoris() {
        return reader.isLycoris();
    }

    private static LayerSelector targets(JsonFields fields) throws IOException {
        if (fields.isText("target_modules")) {
            return fields.meaning("target_modules", LayerSelector::regex);
        }
        List<String> suffixes = fields.texts("target_modules");
        try {
            return LayerSelector.suffixes(suffixes);
        } catch (IllegalArgumentException e) {
            throw fields.failure("target_modules", e.getMessage());
        }
    }

    private static int positive(JsonFields fields, String name) throws IOException {
        int value = fields.integer(name);
        if (value < 1) {
            throw fields.failure(name, "found " + value + ", expected >= 1");
        }
        return value;
    }

    private static void requireExpression(JsonFields fields, String key) throws IOException {
        try {
            BoundedPattern.compile(key);
        } catch (IllegalArgumentException e) {
            throw fields.failure(key, e.getMessage());
        }
    }

    boolean isTarget(String path) throws IOException {
        return targetsMatch ? patterns.targets(targets.toString(), path) : targets.matches(path);
    }

    /** A layer's r and α, by the rules of the version that wrote the file, which it must name if the result depends on it. */
    LayerScale scale(String path) throws IOException {
        PeftRules oldest = rules.get(0);
        LayerScale scale = oldest.find(this, path);
        for (PeftRules rule : rules) {
            LayerScale other = rule.find(this, path);
            if (!other.equals(scale)) {
                throw new IOException(location + ": does not say which version of PEFT wrote it, and layer '" + path
                        + "' has " + text(scale) + " " + oldest + ", " + text(other) + " " + rule
                        + "; add \"peft_version\" with that version");
            }
        }
        return scale;
    }

    private String text(LayerScale scale) {
        return "r " + scale.rank() + " and scaling " + scale.scaling(rankStabilized);
    }
}
