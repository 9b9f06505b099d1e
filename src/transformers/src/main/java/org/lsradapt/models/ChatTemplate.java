package org.lsradapt.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.models.internal.chat.JinjaTemplate;
import org.lsradapt.models.internal.chat.NamedTemplates;

/**
 * Turns a conversation into a model's text: the Jinja template of its files, rendered as transformers'
 * {@code apply_chat_template} does, without tools and documents.
 *
 * <p>A template is not trusted; see docs/reference/security.md. Immutable, and safe for use by many threads.
 */
public final class ChatTemplate {
    private static final List<String> SPECIAL_TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");

    private final String model;
    private final JinjaTemplate template;
    private final Map<String, String> tokens;

    private ChatTemplate(String model, JinjaTemplate template, Map<String, String> tokens) {
        this.model = model;
        this.template = template;
        this.tokens = tokens;
    }

    /** Reads the template of a model's files; refuses a missing or unsupported one. */
    static ChatTemplate of(String model, Optional<ObjectNode> config) {
        String text = config.map(NamedTemplates::of)
                .flatMap(templates -> Optional.ofNullable(templates.get(NamedTemplates.DEFAULT)))
                .orElseThrow(() -> new IllegalArgumentException("model " + model + " has no chat template, expected one"
                        + " in chat_template.jinja, tokenizer_config.json, or a GGUF file's metadata"));
        Map<String, String> tokens = new HashMap<>();
        for (String name : SPECIAL_TOKENS) {
            JsonNode token = config.orElseThrow().path(name);
            tokens.put(name, token.isObject() ? token.path("content").asText("") : token.asText(""));
        }
        try {
            return new ChatTemplate(model, new JinjaTemplate(text), tokens);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("chat template of model " + model + ": " + e.getMessage(), e);
        }
    }

    /**
     * Renders messages as text, with the special tokens that the model expects.
     *
     * @param messages maps with "role" and "content"
     * @param answering whether to append the beginning of the assistant's next answer
     * @return the text; tokenize it without further special tokens
     * @throws IllegalArgumentException if the template refuses the messages; the message says why
     */
    public String render(List<Map<String, String>> messages, boolean answering) {
        Map<String, Object> values = new HashMap<>(tokens);
        values.put("messages", messages);
        values.put("add_generation_prompt", answering);
        values.put("tools", null);
        values.put("documents", null);
        try {
            return template.render(values);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("chat template of model " + model + ": " + e.getMessage(), e);
        }
    }
}
