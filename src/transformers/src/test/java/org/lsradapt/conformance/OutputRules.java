package org.lsradapt.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.lsradapt.io.internal.JsonFile;

/**
 * A case's outputs in the manifest: each rule once, with the names that it is for. A {@code *} in a name stands for any text: the
 * rule is for all arrays, or all scalars, of such a name that are expected.
 */
final class OutputRules {
    private static final Pattern STEM = Pattern.compile("(?<=^|/)(delta|head|grad)\\..*$");

    private OutputRules() {}

    static ArrayNode of(KitCase made) {
        Map<JsonNode, List<String>> names = new LinkedHashMap<>();
        made.outputs
                .properties()
                .forEach(output -> names.computeIfAbsent(output.getValue(), rule -> new ArrayList<>())
                        .add(output.getKey()));
        ArrayNode rules = JsonFile.newObject().putArray("outputs");
        names.forEach((rule, some) -> {
            ObjectNode listed = rules.addObject();
            ArrayNode patterns = listed.putArray("names");
            patterns(made, rule, some).forEach(patterns::add);
            listed.setAll((ObjectNode) rule);
        });
        return rules;
    }

    private static Set<String> patterns(KitCase made, JsonNode rule, List<String> names) {
        Set<String> patterns = new LinkedHashSet<>();
        boolean listed = made.settings.has("folders");
        for (String name : names) {
            if (rule.get("as").textValue().equals("scalar")) {
                patterns.add(listed ? "*" : name);
            } else if (listed) {
                patterns.add("*/"
                        + STEM.matcher(name.substring(name.indexOf('/') + 1)).replaceFirst("$1.*"));
            } else {
                String pattern = STEM.matcher(name).replaceFirst("$1.*");
                patterns.add(isOthers(made, rule, pattern) ? name : pattern);
            }
        }
        return patterns;
    }

    /** Whether an output with another rule has such a name. */
    private static boolean isOthers(KitCase made, JsonNode rule, String pattern) {
        return made.outputs.properties().stream()
                .anyMatch(output ->
                        !output.getValue().equals(rule) && output.getKey().startsWith(pattern.replace("*", "")));
    }
}
