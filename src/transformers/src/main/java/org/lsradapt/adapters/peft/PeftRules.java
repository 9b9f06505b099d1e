package org.lsradapt.adapters.peft;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.lsradapt.io.JsonFields;

/**
 * The rules by which versions of PEFT find a layer's r and α in their patterns, and whether they scale LoKr's update. A configuration
 * identifies its version by {@code peft_version}, written from 0.18 on, or by its fields: PEFT writes all fields that the version knows.
 *
 * <p>Source: {@code _create_and_replace} of PEFT's {@code tuners/lora/model.py} and {@code tuners/lokr/model.py}, {@code get_pattern_key}
 * of {@code utils/other.py}, {@code get_delta_weight} of {@code tuners/lokr/layer.py}, in the versions 0.6.2 to 0.21.0.
 */
enum PeftRules {
    /** One key for r and α: the first matching key of both patterns. LoKr's update is not scaled. */
    UP_TO_0_13("up to 0.13"),

    /** LoRA searches each pattern separately. LoKr does not yet, but scales by α/r. */
    OF_0_14("in 0.14"),

    /** Each pattern is searched separately; keys may begin with ^ or have alternatives. */
    FROM_0_15("from 0.15 on");

    /** Fields that PEFT 0.6, the first version with patterns, writes for each method. */
    private static final Set<String> FIRST_OF_BOTH = Set.of(
            "peft_type",
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
            "layers_to_transform");

    private static final Set<String> FIRST_OF_LORA =
            Set.of("lora_alpha", "lora_dropout", "bias", "fan_in_fan_out", "init_lora_weights");
    private static final Set<String> FIRST_OF_LOKR = Set.of(
            "alpha",
            "rank_dropout",
            "module_dropout",
            "use_effective_conv2d",
            "decompose_both",
            "decompose_factor",
            "init_weights");

    /** Fields that versions up to 0.13 added, all for LoRA. */
    private static final Set<String> ADDED_UP_TO_0_13 = Set.of(
            "loftq_config",
            "megatron_config",
            "megatron_core",
            "use_rslora",
            "use_dora",
            "layer_replication",
            "runtime_config");

    private static final Set<String> ADDED_BY_0_14 =
            Set.of("exclude_modules", "eva_config", "lora_bias", "rank_dropout_scale");

    private static final Pattern VERSION = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})(\\..*)?");

    private final String versions;

    PeftRules(String versions) {
        this.versions = versions;
    }

    /** The rules by which a configuration may have been written, oldest first; several if its version is unclear. */
    static List<PeftRules> of(JsonFields fields, boolean lycoris) throws IOException {
        if (!fields.isOff("peft_version")) {
            return List.of(ofVersion(fields));
        }
        Set<String> first = lycoris ? FIRST_OF_LOKR : FIRST_OF_LORA;
        List<String> names = new ArrayList<>(fields.names());
        boolean whole = names.containsAll(FIRST_OF_BOTH) && names.containsAll(first);
        names.removeAll(FIRST_OF_BOTH);
        names.removeAll(first);
        names.removeAll(ADDED_UP_TO_0_13);
        boolean at13 = names.isEmpty();
        names.removeAll(ADDED_BY_0_14);
        if (!names.isEmpty()) {
            return List.of(FROM_0_15);
        }
        if (at13) {
            return whole ? List.of(UP_TO_0_13) : Arrays.asList(values());
        }
        // Version 0.15 added fields to LoRA's configuration, and none to LoKr's.
        return whole && !lycoris ? List.of(OF_0_14) : List.of(OF_0_14, FROM_0_15);
    }

    private static PeftRules ofVersion(JsonFields fields) throws IOException {
        String version = fields.text("peft_version");
        Matcher numbers = VERSION.matcher(version);
        if (!numbers.matches()) {
            throw fields.failure("peft_version", "found " + version + ", expected a version such as 0.18.0");
        }
        boolean zero = Integer.parseInt(numbers.group(1)) == 0;
        int minor = Integer.parseInt(numbers.group(2));
        return zero && minor <= 13 ? UP_TO_0_13 : zero && minor == 14 ? OF_0_14 : FROM_0_15;
    }

    /** A layer's r and α by these rules; α is r for a LoKr that is not scaled. */
    LayerScale find(PeftConfig config, String path) throws IOException {
        boolean together = this == UP_TO_0_13 || (this == OF_0_14 && config.isLycoris());
        List<String> rankKeys = new ArrayList<>(config.ranks().keySet());
        if (together) {
            rankKeys.addAll(config.alphas().keySet());
        }
        String rankKey = key(rankKeys, config, path);
        String alphaKey = together ? rankKey : key(config.alphas().keySet(), config, path);
        int rank = config.ranks().getOrDefault(rankKey, config.rank());
        double alpha = config.alphas().getOrDefault(alphaKey, config.alpha());
        return new LayerScale(rank, config.isLycoris() && this == UP_TO_0_13 ? rank : alpha);
    }

    /** The first matching key, or the path itself, which may be a key that does not match as an expression. */
    private String key(Collection<String> keys, PeftConfig config, String path) throws IOException {
        for (String key : keys) {
            if (config.patterns().key(this, key, config.isLycoris(), path)) {
                return key;
            }
        }
        return path;
    }

    /** The expression as the version builds it: without parentheses around the key, a ^ in it never matches for LoRA. */
    String expression(String key, boolean lycoris) {
        return this == FROM_0_15 ? "(.*\\.)?(" + key + ")$" : lycoris ? "(.*\\.)?" + key + "$" : ".*\\." + key + "$";
    }

    @Override
    public String toString() {
        return versions;
    }
}
