package org.lsradapt.models.internal.gguf;

import static org.lsradapt.models.internal.gguf.GgufTokenizer.BYTE;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.CONTROL;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.NORMAL;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.PREFIX;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.SPACE;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.UNKNOWN;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.UNUSED;
import static org.lsradapt.models.internal.gguf.GgufTokenizer.USER_DEFINED;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.lsradapt.io.GgufWriter;
import org.lsradapt.lsr.internal.Controls;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.models.internal.chat.NamedTemplates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the content of a {@code tokenizer.json} into a GGUF file's metadata, if llama.cpp has such a tokenizer;
 * {@link GgufTokenizer} is the inverse. For a BPE with SentencePiece's sign for a space, GGUF has scores instead of merges: a
 * piece's score is the place of its merges among the others.
 */
public final class GgufVocabulary {
    private static final Logger LOG = LoggerFactory.getLogger(GgufVocabulary.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final String name;
    private final JsonNode root;
    private final JsonNode model;
    private final Settings settings;
    private final GgufWriter writer;
    private final String[] tokens;
    private final int[] types;
    private final Map<String, Integer> ids = new HashMap<>();

    /** Settings that a tokenizer.json lacks; {@code rows} is the number of tokens that have embeddings. */
    public record Settings(int rows, OptionalInt end, Optional<ObjectNode> tokenizerConfig, ObjectNode config) {}

    private GgufVocabulary(String name, JsonNode root, Settings settings, GgufWriter writer) {
        this.name = name;
        this.root = root;
        this.model = root.path("model");
        this.settings = settings;
        this.writer = writer;
        tokens = new String[settings.rows()];
        types = new int[settings.rows()];
    }

    public static void add(String name, byte[] tokenizer, Settings settings, GgufWriter writer) throws IOException {
        new GgufVocabulary(name, JSON.readTree(tokenizer), settings, writer).add();
    }

    private void add() {
        require(
                model.path("type").asText().equals("BPE"),
                "model",
                model.path("type").asText(),
                "BPE");
        for (String off : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            require(
                    model.path(off).asText("").isEmpty() || model.path(off).isNull(),
                    off,
                    model.path(off).asText(),
                    "none");
        }
        addTokens();
        if (model.path("byte_fallback").asBoolean()) {
            addSentencePiece();
        } else {
            addByteLevel();
        }
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] == null) {
                tokens[id] = "[PAD" + id + "]";
                types[id] = UNUSED;
            }
        }
        writer.texts(PREFIX + "tokens", Arrays.asList(tokens)).integers(PREFIX + "token_type", types);
        addSpecial();
        settings.tokenizerConfig().map(NamedTemplates::of).ifPresent(this::addTemplates);
    }

    /** Adds the default template, and others by name; a key keeps only letters and digits of the name. */
    private void addTemplates(Map<String, String> templates) {
        List<String> names = new ArrayList<>();
        templates.forEach((full, template) -> {
            if (full.equals(NamedTemplates.DEFAULT)) {
                writer.text(GgufTokenizer.TEMPLATE, template);
                return;
            }
            String key = full.replaceAll("[^A-Za-z0-9]", "_");
            require(
                    !key.isEmpty() && !names.contains(key),
                    "the name of a chat template",
                    full,
                    "letters and digits that no other template's name has");
            names.add(key);
            writer.text(GgufTokenizer.TEMPLATE + "." + key, template);
        });
        if (!names.isEmpty()) {
            writer.texts(GgufTokenizer.TEMPLATES, names);
        }
    }

    private void require(boolean fits, String field, String found, String expected) {
        Require.argument(
                fits,
                "merged model: the tokenizer of %s cannot be stored in a GGUF file: %s is %s, expected %s",
                name,
                field,
                found,
                expected);
    }

    private void addTokens() {
        model.path("vocab").properties().forEach(entry -> put(entry.getValue().asInt(), entry.getKey(), NORMAL));
        for (JsonNode token : root.path("added_tokens")) {
            String content = token.path("content").asText();
            require(!token.path("single_word").asBoolean(), "single_word of token '" + content + "'", "true", "false");
            require(
                    token.path("special").asBoolean()
                            || !token.path("normalized").asBoolean()
                            || (content.indexOf(' ') < 0 && !content.contains(SPACE)),
                    "token '" + content + "'",
                    "found in normalized texts",
                    "one without spaces");
            if (token.path("lstrip").asBoolean() || token.path("rstrip").asBoolean()) {
                LOG.warn(
                        "{}: token '{}' takes the spaces next to it, which a GGUF file cannot express",
                        name,
                        Controls.escaped(content));
            }
            put(token.path("id").asInt(), content, token.path("special").asBoolean() ? CONTROL : USER_DEFINED);
        }
    }

    private void put(int id, String token, int type) {
        require(
                id >= 0 && id < tokens.length,
                "the number of token '" + token + "'",
                "" + id,
                "0 to " + (tokens.length - 1));
        tokens[id] = token;
        types[id] = type;
        ids.put(token, id);
    }

    /** Returns the two parts of each merge, in order. */
    private List<String[]> merges() {
        List<String[]> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            merges.add(
                    merge.isArray()
                            ? new String[] {
                                merge.path(0).asText(), merge.path(1).asText()
                            }
                            : merge.asText().split(" ", 2));
        }
        return merges;
    }

    private void addByteLevel() {
        JsonNode normalizer = root.path("normalizer");
        JsonNode preTokenizer = root.path("pre_tokenizer");
        boolean whole = model.path("ignore_merges").asBoolean();
        Optional<GgufPreTokenizer> known = GgufPreTokenizer.of(normalizer, preTokenizer, whole);
        require(
                known.isPresent(),
                "what divides texts into words",
                "normalizer " + normalizer + ", pre_tokenizer " + preTokenizer + ", ignore_merges " + whole,
                "one that llama.cpp is known to have");
        writer.text(PREFIX + "model", "gpt2").text(PREFIX + "pre", known.get().label());
        writer.texts(
                PREFIX + "merges",
                merges().stream().map(parts -> parts[0] + " " + parts[1]).toList());
    }

    private void addSentencePiece() {
        String unknown = model.path("unk_token").asText("");
        require(ids.containsKey(unknown), "unk_token", unknown, "a token");
        require(model.path("fuse_unk").asBoolean(), "fuse_unk", "false", "true");
        require(!model.path("ignore_merges").asBoolean(), "ignore_merges", "true", "false");
        writer.text(PREFIX + "model", "llama").text(PREFIX + "pre", "default");
        writer.flag(PREFIX + "add_space_prefix", prefixesSpace());
        for (int id = 0; id < types.length; id++) {
            if (types[id] == NORMAL && tokens[id].matches("<0x[0-9A-F]{2}>")) {
                types[id] = BYTE;
            }
        }
        types[ids.get(unknown)] = UNKNOWN;
        writer.integer(PREFIX + "unknown_token_id", ids.get(unknown));
        writer.numbers(PREFIX + "scores", scores());
    }

    private boolean prefixesSpace() {
        boolean prefixes = false;
        boolean replaces = false;
        List<JsonNode> steps = new ArrayList<>();
        for (String section : List.of("normalizer", "pre_tokenizer")) {
            JsonNode node = root.path(section);
            JsonNode several = node.path(section.equals("normalizer") ? "normalizers" : "pretokenizers");
            if (several.isArray()) {
                several.forEach(steps::add);
            } else if (node.isObject()) {
                steps.add(node);
            }
        }
        for (JsonNode step : steps) {
            boolean known = true;
            switch (step.path("type").asText()) {
                case "Prepend" -> {
                    known = step.path("prepend").asText().equals(SPACE);
                    prefixes = true;
                }
                case "Replace" -> {
                    known = step.path("pattern").path("String").asText().equals(" ")
                            && step.path("content").asText().equals(SPACE);
                    replaces = true;
                }
                case "Metaspace" -> {
                    known = step.path("replacement").asText().equals(SPACE)
                            && !step.path("split").asBoolean(true);
                    prefixes = !step.path("prepend_scheme").asText("always").equals("never");
                    replaces = true;
                }
                case "Split" ->
                    // It splits at spaces, of which none are left.
                    known = replaces
                            && step.path("pattern").path("String").asText().equals(" ");
                default -> known = false;
            }
            require(known, "a step before the merges", step.toString(), "one that writes " + SPACE + " for spaces");
        }
        require(replaces, "normalizer", root.path("normalizer").toString(), "one that writes " + SPACE + " for spaces");
        return prefixes;
    }

    /** Returns scores for which SentencePiece joins the same pieces as the merges, in the same order. */
    private float[] scores() {
        Map<String, Integer> places = new HashMap<>();
        Set<List<String>> expected = new HashSet<>();
        String last = "";
        for (String[] parts : merges()) {
            String piece = parts[0] + parts[1];
            require(
                    piece.equals(last) || !places.containsKey(piece),
                    "the order of merges",
                    "one with those of '" + piece + "' apart",
                    "one by scores of pieces");
            places.putIfAbsent(piece, places.size());
            last = piece;
            expected.add(List.of(parts));
        }
        float[] scores = new float[tokens.length];
        SentencePieceMerges pieces = new SentencePieceMerges();
        for (int id = 0; id < tokens.length; id++) {
            scores[id] = tokens[id] == null || types[id] == BYTE || types[id] == CONTROL || types[id] == UNKNOWN
                    ? 0
                    : -places.getOrDefault(tokens[id], places.size());
            if (tokens[id] != null && (types[id] == NORMAL || types[id] == USER_DEFINED)) {
                pieces.add(tokens[id], id, scores[id], types[id] == USER_DEFINED);
            }
        }
        Set<List<String>> found = new HashSet<>();
        pieces.inOrder().forEach(merge -> found.add(List.of(merge.left(), merge.right())));
        requireSame(found, expected, "which scores of pieces make, among the merges");
        requireSame(expected, found, "among the merges, which no scores of pieces make");
        return scores;
    }

    private void requireSame(Set<List<String>> these, Set<List<String>> those, String what) {
        Optional<List<String>> apart =
                these.stream().filter(merge -> !those.contains(merge)).findFirst();
        require(apart.isEmpty(), "'" + String.join("' and '", apart.orElse(List.of())) + "'", what, "neither");
    }

    private void addSpecial() {
        JsonNode template = template();
        OptionalInt begin = OptionalInt.empty();
        OptionalInt end = OptionalInt.empty();
        boolean before = true;
        for (JsonNode piece : template.path("single")) {
            String token = piece.path("SpecialToken").path("id").asText("");
            if (token.isEmpty()) {
                before = false;
            } else {
                JsonNode id =
                        template.path("special_tokens").path(token).path("ids").path(0);
                OptionalInt found = OptionalInt.of(id.asInt(ids.getOrDefault(token, -1)));
                require(
                        (before ? begin : end).isEmpty(),
                        "post_processor",
                        template.toString(),
                        "one token on each side");
                begin = before ? found : begin;
                end = before ? end : found;
            }
        }
        writer.flag(PREFIX + "add_bos_token", begin.isPresent()).flag(PREFIX + "add_eos_token", end.isPresent());
        put("bos", begin.isPresent() ? begin : named("bos"));
        put("eos", end.isPresent() ? end : settings.end().isPresent() ? settings.end() : named("eos"));
        put("padding", named("pad"));
    }

    private void put(String kind, OptionalInt id) {
        id.ifPresent(number -> writer.integer(PREFIX + kind + "_token_id", number));
    }

    /** Returns the template with the tokens around texts; empty for none. */
    private JsonNode template() {
        JsonNode processor = root.path("post_processor");
        JsonNode steps = processor.path("processors");
        JsonNode found = JSON.createObjectNode();
        for (JsonNode step : steps.isArray() ? steps : JSON.createArrayNode().add(processor)) {
            String type = step.path("type").asText("none");
            boolean template = type.equals("TemplateProcessing");
            require(
                    template || type.equals("ByteLevel") || type.equals("none"),
                    "post_processor",
                    type,
                    "TemplateProcessing or ByteLevel");
            found = template ? step : found;
        }
        return found;
    }

    /** Returns a token by its name in tokenizer_config.json, or by its id in config.json. */
    private OptionalInt named(String kind) {
        JsonNode token = settings.tokenizerConfig()
                .<JsonNode>map(config -> config.path(kind + "_token"))
                .orElse(JSON.createObjectNode());
        Integer named = ids.get(token.isObject() ? token.path("content").asText() : token.asText());
        if (named != null) {
            return OptionalInt.of(named);
        }
        JsonNode number = settings.config().path(kind + "_token_id");
        return number.isInt() && number.asInt() >= 0 && number.asInt() < tokens.length
                ? OptionalInt.of(number.asInt())
                : OptionalInt.empty();
    }
}
