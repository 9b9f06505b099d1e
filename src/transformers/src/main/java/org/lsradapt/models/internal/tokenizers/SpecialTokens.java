package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;

/** The special tokens of a {@code tokenizer_config.json}, by field in transformers' order, or without one. */
record SpecialTokens(Map<String, AddedToken> named, List<AddedToken> others) {
    private static final String MASK = "mask_token";
    private static final List<String> STANDARD =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", MASK);

    private static final String EXTRA = "extra_special_tokens";
    private static final String ADDITIONAL = "additional_special_tokens";

    /** Reads the tokens of settings; fields that are missing have the tokens of the class. */
    static SpecialTokens of(TokenizerClass kind, JsonFields settings) throws IOException {
        Map<String, AddedToken> named = new LinkedHashMap<>();
        for (String name : STANDARD) {
            if (!settings.isAbsent(name)) {
                put(named, settings, name);
            } else if (!settings.has(name) && kind.tokens().containsKey(name)) {
                named.put(name, AddedToken.special(kind.tokens().get(name)));
            }
        }
        if (kind.maskTakesSpace() && !settings.isObject(MASK)) {
            named.computeIfPresent(MASK, (name, mask) -> mask.takingSpaceBefore());
        }
        List<String> own = settings.names().stream()
                .filter(name -> name.endsWith("_token") && !STANDARD.contains(name))
                .toList();
        for (boolean text : new boolean[] {false, true}) {
            for (String name : own) {
                if (text ? settings.isText(name) : settings.isObject(name)) {
                    put(named, settings, name);
                }
            }
        }
        if (settings.isObject(EXTRA)) {
            JsonFields extra = settings.object(EXTRA);
            for (String name : extra.names()) {
                put(named, extra, name);
            }
        }
        return new SpecialTokens(named, others(settings, kind.otherTokens()));
    }

    Set<String> namedTexts() {
        return named.values().stream().map(AddedToken::content).collect(Collectors.toSet());
    }

    Set<String> texts() {
        return Stream.concat(named.values().stream(), others.stream())
                .map(AddedToken::content)
                .collect(Collectors.toSet());
    }

    private static void put(Map<String, AddedToken> named, JsonFields fields, String name) throws IOException {
        named.put(
                name,
                fields.isObject(name)
                        ? AddedToken.of(fields.object(name)).asSpecial()
                        : AddedToken.special(fields.text(name)));
    }

    private static List<AddedToken> others(JsonFields settings, List<String> defaults) throws IOException {
        String field = settings.isOff(EXTRA) ? ADDITIONAL : EXTRA;
        if (settings.isOff(field) || settings.isObject(field)) {
            return defaults.stream().map(AddedToken::special).toList();
        }
        List<AddedToken> others = new ArrayList<>();
        for (JsonNode token : settings.array(field)) {
            if (!token.isTextual() && !token.isObject()) {
                throw settings.failure(field, "found " + token + ", expected the texts of tokens");
            }
            others.add(
                    token.isTextual()
                            ? AddedToken.special(token.textValue())
                            : AddedToken.of(new JsonFields(field, token)));
        }
        return others;
    }
}
