package org.lsradapt.models.internal.gguf;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.chat.NamedTemplates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Converts the tokenizer of a GGUF file to a {@code tokenizer.json}: byte-level BPE ({@code tokenizer.ggml.model} is
 * {@code gpt2}) or SentencePiece's BPE ({@code llama}), which becomes a BPE of merges in the order of the scores.
 */
public final class GgufTokenizer {
    private static final Logger LOG = LoggerFactory.getLogger(GgufTokenizer.class);
    static final String PREFIX = "tokenizer.ggml.";

    /** The key of the default chat template; keys of others append a dot and their names. */
    static final String TEMPLATE = "tokenizer.chat_template";

    static final String TEMPLATES = "tokenizer.chat_templates";

    private static final String MODEL = PREFIX + "model";
    private static final String TOKENS = PREFIX + "tokens";
    private static final String TYPES = PREFIX + "token_type";
    private static final String SCORES = PREFIX + "scores";
    private static final String MERGES = PREFIX + "merges";
    private static final String BYTE_LEVEL = "gpt2";
    private static final String SENTENCE_PIECE = "llama";

    /** SentencePiece's sign for a space. */
    static final String SPACE = "\u2581";

    /** Tokens at which llama.cpp ends a generated text, whatever their type. */
    private static final List<String> ENDS = List.of(
            "<|eot_id|>",
            "<|eom_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<end_of_turn>",
            "<turn|>",
            "<|tool_response>",
            "<end_of_utterance>",
            "</s>",
            "<eos>",
            "[EOS]",
            "<EOT>",
            "_<EOT>",
            "[EOT]",
            "<\uFF5Cend\u2581of\u2581sentence\uFF5C>",
            "[e~[");

    /** More such tokens, for filling in the middle. Unless a key has the id, the first of each list that is a token counts. */
    private static final Map<String, List<String>> FILL_IN_ENDS = Map.of(
            "fim_pad", List.of("<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"),
            "fim_rep", List.of("<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"),
            "fim_sep", List.of("<|file_sep|>"));

    static final int NORMAL = 1;

    static final int UNKNOWN = 2;
    static final int CONTROL = 3;
    static final int USER_DEFINED = 4;
    static final int UNUSED = 5;
    static final int BYTE = 6;

    private final GgufMetadata metadata;
    private final boolean sentencePiece;
    private final List<String> tokens;
    private final int[] types;
    private final Map<String, Integer> ids = new HashMap<>();

    private GgufTokenizer(GgufMetadata metadata) throws IOException {
        this.metadata = metadata;
        String model = metadata.text(MODEL);
        if (!model.equals(BYTE_LEVEL) && !model.equals(SENTENCE_PIECE)) {
            throw metadata.failure(MODEL, "found \"" + model + "\", expected \"gpt2\" or \"llama\"");
        }
        sentencePiece = model.equals(SENTENCE_PIECE);
        tokens = metadata.texts(TOKENS);
        types = metadata.has(TYPES) ? metadata.integers(TYPES) : new int[tokens.size()];
        if (types.length != tokens.size()) {
            throw metadata.failure(
                    TYPES,
                    "has " + types.length + " elements, expected one for each of the " + tokens.size() + " tokens");
        }
        for (int id = 0; id < tokens.size(); id++) {
            Integer before = types[id] == UNUSED ? null : ids.put(tokens.get(id), id);
            if (before != null) {
                throw metadata.failure(TOKENS, "has token '" + tokens.get(id) + "' twice, as " + before + " and " + id);
            }
        }
    }

    /** Builds the {@code tokenizer.json}; refuses a tokenizer that is malformed or not supported. */
    public static byte[] json(GgufMetadata metadata) throws IOException {
        return new GgufTokenizer(metadata).build();
    }

    public static OptionalInt endToken(GgufMetadata metadata) throws IOException {
        return new GgufTokenizer(metadata).special("eos");
    }

    /** Returns the other tokens at which llama.cpp ends a generated text, found by id or by name. */
    public static Set<Integer> furtherEnds(GgufMetadata metadata) throws IOException {
        return new GgufTokenizer(metadata).furtherEnds();
    }

    private Set<Integer> furtherEnds() throws IOException {
        Set<Integer> ends = new TreeSet<>();
        for (String name : List.of("eot", "eom")) {
            special(name).ifPresent(ends::add);
        }
        for (Map.Entry<String, List<String>> one : FILL_IN_ENDS.entrySet()) {
            OptionalInt named = special(one.getKey());
            if (named.isPresent()) {
                ends.add(named.getAsInt());
            } else {
                one.getValue().stream()
                        .filter(ids::containsKey)
                        .findFirst()
                        .map(ids::get)
                        .ifPresent(ends::add);
            }
        }
        ENDS.stream().filter(ids::containsKey).map(ids::get).forEach(ends::add);
        // In these vocabularies the two tokens occur inside a text, and others end it.
        if ((has("<|call|>") || has("<|calls|>")) && (has("<|return|>") || has("<|flush|>"))) {
            ends.remove(ids.getOrDefault("<|end|>", -1));
        }
        if (has("<|tool_response>")) {
            ends.remove(ids.getOrDefault("</s>", -1));
        }
        return ends;
    }

    private boolean has(String text) {
        return ids.containsKey(text);
    }

    /** Returns a {@code tokenizer_config.json} with the settings that {@code tokenizer.json} lacks. */
    public static ObjectNode config(GgufMetadata metadata) throws IOException {
        GgufTokenizer tokenizer = new GgufTokenizer(metadata);
        ObjectNode config = JsonFile.newObject();
        for (String name : List.of("bos", "eos", "unknown", "padding")) {
            OptionalInt id = name.equals("padding") ? tokenizer.padding() : tokenizer.special(name);
            if (id.isPresent()) {
                String key =
                        name.equals("unknown") ? "unk_token" : name.equals("padding") ? "pad_token" : name + "_token";
                config.put(key, tokenizer.tokens.get(id.getAsInt()));
            }
        }
        Map<String, String> templates = templates(metadata);
        if (!templates.isEmpty()) {
            NamedTemplates.put(config, templates);
        }
        return config;
    }

    private static Map<String, String> templates(GgufMetadata metadata) throws IOException {
        Map<String, String> templates = new LinkedHashMap<>();
        if (metadata.has(TEMPLATE)) {
            templates.put(NamedTemplates.DEFAULT, metadata.text(TEMPLATE));
        }
        for (String name : metadata.has(TEMPLATES) ? metadata.texts(TEMPLATES) : List.<String>of()) {
            templates.put(name, metadata.text(TEMPLATE + "." + name));
        }
        return templates;
    }

    private OptionalInt special(String name) throws IOException {
        String key = PREFIX + name + "_token_id";
        int usual = sentencePiece ? List.of("unknown", "bos", "eos").indexOf(name) : -1;
        int id = metadata.integer(key, usual);
        if (id >= tokens.size() || (id < 0 && metadata.has(key))) {
            throw metadata.failure(key, "is " + id + ", the tokens end at " + (tokens.size() - 1));
        }
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Returns the padding token. Nothing here needs it, so an id without a token is ignored, as in llama.cpp. */
    private OptionalInt padding() throws IOException {
        String key = PREFIX + "padding_token_id";
        double id = metadata.number(key, -1);
        return id < 0 || id >= tokens.size() ? OptionalInt.empty() : OptionalInt.of(metadata.integer(key));
    }

    private byte[] build() throws IOException {
        JsonMapper json = new JsonMapper();
        ObjectNode root = json.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        addAddedTokens(root.putArray("added_tokens"));
        boolean begins = sentencePiece;
        if (sentencePiece) {
            addSentencePiece(root);
        } else {
            GgufPreTokenizer split = GgufPreTokenizer.of(metadata);
            begins = split.isBegunByDefault();
            addByteLevel(root, split);
        }
        addTemplate(
                root,
                metadata.flag(PREFIX + "add_bos_token", begins) ? special("bos") : OptionalInt.empty(),
                metadata.flag(PREFIX + "add_eos_token", false) ? special("eos") : OptionalInt.empty());
        return json.writeValueAsBytes(root);
    }

    /** Adds tokens: control and end tokens are special, user-defined ones stay when tokens become text. */
    private void addAddedTokens(ArrayNode added) throws IOException {
        Set<Integer> special = furtherEnds();
        for (String name : sentencePiece ? List.of("bos", "eos", "unknown") : List.of("bos", "eos")) {
            special(name).ifPresent(special::add);
        }
        for (int id = 0; id < types.length; id++) {
            boolean isSpecial = types[id] == CONTROL || types[id] == UNKNOWN || special.contains(id);
            if ((isSpecial || types[id] == USER_DEFINED) && !tokens.get(id).isEmpty()) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", isSpecial);
            }
        }
    }

    private void addByteLevel(ObjectNode root, GgufPreTokenizer split) throws IOException {
        if (split.composes()) {
            root.putObject("normalizer").put("type", "NFC");
        } else {
            root.putNull("normalizer");
        }
        root.set("pre_tokenizer", split.json());
        ObjectNode decoder = root.putObject("decoder");
        decoder.put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE")
                .putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false)
                .put("ignore_merges", split.prefersWholeWords());
        addVocabulary(model);
        ArrayNode merges = model.putArray("merges");
        Set<String> known = new HashSet<>();
        for (String merge : metadata.texts(MERGES)) {
            int space = merge.indexOf(' ', 1);
            String left = space < 0 ? "" : merge.substring(0, space);
            String right = merge.substring(space + 1);
            if (!ids.containsKey(left) || !ids.containsKey(right) || !ids.containsKey(left + right)) {
                throw metadata.failure(
                        MERGES,
                        "number " + merges.size() + " is '" + merge
                                + "', expected two tokens, a space between them, that make a third");
            }
            if (known.add(merge)) {
                merges.add(merge);
            }
        }
    }

    private void addSentencePiece(ObjectNode root) throws IOException {
        boolean prefixed = metadata.flag(PREFIX + "add_space_prefix", true);
        ObjectNode normalizer = root.putObject("normalizer").put("type", "Sequence");
        ArrayNode normalizers = normalizer.putArray("normalizers");
        if (prefixed) {
            normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        addReplace(normalizers.addObject(), " ", SPACE);
        root.putNull("pre_tokenizer");
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        addReplace(decoders.addObject(), SPACE, " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefixed) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE")
                .putNull("dropout")
                .put("unk_token", tokens.get(special("unknown").orElseThrow()))
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", true)
                .put("byte_fallback", true)
                .put("ignore_merges", false);
        addVocabulary(model);
        float[] scores = metadata.numbers(SCORES);
        if (scores.length != tokens.size()) {
            throw metadata.failure(
                    SCORES,
                    "has " + scores.length + " elements, expected one for each of the " + tokens.size() + " tokens");
        }
        ArrayNode merges = model.putArray("merges");
        SentencePieceMerges pieces = new SentencePieceMerges();
        for (int id = 0; id < tokens.size(); id++) {
            if (!metadata.has(TYPES) || types[id] == NORMAL || types[id] == USER_DEFINED) {
                pieces.add(tokens.get(id), id, scores[id], types[id] == USER_DEFINED);
            }
        }
        pieces.caveat()
                .ifPresent(caveat ->
                        LOG.warn("{}", metadata.failure(SCORES, caveat).getMessage()));
        for (SentencePieceMerges.Merge merge : pieces.inOrder()) {
            merges.addArray().add(merge.left()).add(merge.right());
        }
    }

    private static void addReplace(ObjectNode replace, String pattern, String content) {
        replace.put("type", "Replace")
                .put("content", content)
                .putObject("pattern")
                .put("String", pattern);
    }

    private void addVocabulary(ObjectNode model) {
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < types.length; id++) {
            if (types[id] != UNUSED) {
                vocabulary.put(tokens.get(id), id);
            }
        }
    }

    private void addTemplate(ObjectNode root, OptionalInt begin, OptionalInt end) {
        if (begin.isEmpty() && end.isEmpty()) {
            root.putNull("post_processor");
            return;
        }
        ObjectNode template = root.putObject("post_processor").put("type", "TemplateProcessing");
        ArrayNode single = template.putArray("single");
        addText(single, begin, "A", 0, end);
        addText(template.putArray("pair").addAll(single.deepCopy()), begin, "B", 1, end);
        ObjectNode special = template.putObject("special_tokens");
        for (OptionalInt token : List.of(begin, end)) {
            if (token.isPresent()) {
                String text = tokens.get(token.getAsInt());
                ObjectNode node = special.putObject(text).put("id", text);
                node.putArray("ids").add(token.getAsInt());
                node.putArray("tokens").add(text);
            }
        }
    }

    private void addText(ArrayNode pieces, OptionalInt begin, String text, int type, OptionalInt end) {
        begin.ifPresent(id -> addPiece(pieces, "SpecialToken", tokens.get(id), type));
        addPiece(pieces, "Sequence", text, type);
        end.ifPresent(id -> addPiece(pieces, "SpecialToken", tokens.get(id), type));
    }

    private static void addPiece(ArrayNode pieces, String kind, String id, int type) {
        pieces.addObject().putObject(kind).put("id", id).put("type_id", type);
    }
}
