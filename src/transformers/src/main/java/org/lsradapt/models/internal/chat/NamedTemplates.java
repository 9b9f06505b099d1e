package org.lsradapt.models.internal.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The chat templates of a {@code tokenizer_config.json} by name: its field {@code chat_template} is one text, or an array of
 * objects with {@code name} and {@code template}.
 */
public final class NamedTemplates {
    public static final String DEFAULT = "default";

    private static final String FIELD = "chat_template";
    private static final String NAME = "name";
    private static final String TEMPLATE = "template";

    private NamedTemplates() {}

    /** Reads the templates by name, in their order; one text is the default, and there may be none. */
    public static Map<String, String> of(ObjectNode config) {
        Map<String, String> templates = new LinkedHashMap<>();
        JsonNode field = config.path(FIELD);
        if (field.isTextual()) {
            templates.put(DEFAULT, field.textValue());
        }
        for (JsonNode one : field.isArray() ? field : List.<JsonNode>of()) {
            if (one.path(NAME).isTextual() && one.path(TEMPLATE).isTextual()) {
                templates.put(one.get(NAME).textValue(), one.get(TEMPLATE).textValue());
            }
        }
        return templates;
    }

    /** Writes templates, at least one, in place of a configuration's; a default alone becomes one text. */
    public static void put(ObjectNode config, Map<String, String> templates) {
        if (templates.keySet().equals(Set.of(DEFAULT))) {
            config.put(FIELD, templates.get(DEFAULT));
            return;
        }
        ArrayNode all = config.putArray(FIELD);
        templates.forEach((name, template) -> all.addObject().put(NAME, name).put(TEMPLATE, template));
    }
}
