package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import org.lsradapt.io.internal.JsonFile;

/**
 * The section {@code added_tokens}, with the ids that the tokenizers library assigns: the vocabulary's id, or the next
 * free one. Adding a token again changes its settings but not its id.
 */
final class AddedTokens {
    private final ToIntFunction<String> vocabulary;
    private final Map<String, Integer> ids = new LinkedHashMap<>();
    private final Map<String, ObjectNode> entries = new HashMap<>();
    private final ArrayNode all = JsonFile.newObject().putArray("added_tokens");
    private int next;

    /** Starts with no tokens, for the vocabulary of a {@code model}. */
    AddedTokens(JsonNode model) {
        JsonNode tokens = model.path("vocab");
        next = tokens.size();
        if (tokens.isArray()) {
            Map<String, Integer> scored = new HashMap<>();
            for (int i = 0; i < next; i++) {
                scored.put(tokens.path(i).path(0).asText(), i);
            }
            vocabulary = content -> scored.getOrDefault(content, -1);
        } else {
            vocabulary = content -> tokens.path(content).asInt(-1);
        }
    }

    boolean has(String content) {
        return ids.containsKey(content);
    }

    OptionalInt id(String content) {
        int id = has(content) ? ids.get(content) : vocabulary.applyAsInt(content);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Returns the id that a token has or would get. */
    int idOf(String content) {
        return id(content).orElse(next);
    }

    void add(AddedToken token) {
        if (token.content().isEmpty()) {
            return;
        }
        int id = idOf(token.content());
        next = Math.max(next, id + 1);
        ids.put(token.content(), id);
        ObjectNode entry = token.json(id);
        ObjectNode before = entries.get(token.content());
        if (before != null && canReplace(before, entry)) {
            before.setAll(entry);
        } else if (!entry.equals(before)) {
            all.add(entry);
            entries.put(token.content(), entry);
        }
    }

    /** Whether one entry suffices; a change of {@code normalized} or of being special needs two. */
    private static boolean canReplace(JsonNode before, JsonNode after) {
        return before.path("normalized").equals(after.path("normalized"))
                && (after.path("special").asBoolean() || !before.path("special").asBoolean());
    }

    ArrayNode json() {
        return all;
    }
}
