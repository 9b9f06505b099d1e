package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * The sections of a {@code tokenizer.json} as a class of transformers 5 builds them from its settings. The vocabulary
 * stays. For classes that add no special tokens to a text, the post-processor stays too.
 */
final class Pipeline {
    static final List<String> SECTIONS = List.of("normalizer", "pre_tokenizer", "post_processor", "decoder");

    private static final String TYPE = "type";
    private static final String PREFIX = "add_prefix_space";
    private static final String METASPACE = "\u2581";
    private static final String QWEN2_PATTERN = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String CLIP_PATTERN =
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d" + "|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    private final TokenizerClass kind;
    private final JsonFields settings;
    private final Map<String, AddedToken> tokens;
    private final AddedTokens ids;
    private final ObjectNode root;

    /** Prepares the sections; tokens that {@code tokens} lacks are the class's. Modifies {@code root}. */
    Pipeline(
            TokenizerClass kind,
            JsonFields settings,
            Map<String, AddedToken> tokens,
            AddedTokens ids,
            ObjectNode root) {
        this.kind = kind;
        this.settings = settings;
        this.tokens = tokens;
        this.ids = ids;
        this.root = root;
    }

    static boolean hasBytes(JsonNode root) {
        return SECTIONS.stream()
                .flatMap(section -> root.path(section).findValuesAsText(TYPE).stream())
                .anyMatch("ByteLevel"::equals);
    }

    void build(TokenizerJson.Normalizer normalizer) throws IOException {
        switch (kind) {
            case BERT, DISTILBERT, MPNET -> {
                wordPieces(normalizer);
                root.set("post_processor", kind == TokenizerClass.MPNET ? roberta(true, false) : bert());
            }
            case ROBERTA -> {
                boolean prefix = settings.flag(PREFIX, false);
                bytes(null, byteLevel(prefix, true), null, "");
                root.set("post_processor", roberta(settings.flag("trim_offsets", true), prefix));
            }
            case GPT2 -> bytes(null, byteLevel(settings.flag(PREFIX, false), true), null, "");
            case QWEN2 ->
                bytes(
                        step("NFC"),
                        sequence(
                                "pretokenizers",
                                split("Regex", QWEN2_PATTERN, "Isolated", false),
                                byteLevel(settings.flag(PREFIX, false), false)),
                        null,
                        "");
            case CLIP -> {
                bytes(
                        sequence("normalizers", step("NFC"), replace("Regex", "\\s+", " "), step("Lowercase")),
                        sequence(
                                "pretokenizers", split("Regex", CLIP_PATTERN, "Removed", true), byteLevel(false, true)),
                        text("unk_token"),
                        "</w>");
                root.set("post_processor", around("eos_token", "bos_token", false, false));
            }
            case DEBERTA -> deberta();
            case XLM_ROBERTA, CAMEMBERT -> words();
            case LLAMA -> llama();
            case GEMMA, SIGLIP2 -> gemma();
            case AS_IT_IS -> {}
        }
    }

    private void wordPieces(TokenizerJson.Normalizer normalizer) {
        ObjectNode model = step("WordPiece")
                .put("unk_token", text("unk_token"))
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", TokenizerJson.LONGEST_WORD);
        ObjectNode decoder = step("WordPiece").put("prefix", "##").put("cleanup", true);
        sections(model, normalizer.json(), step("BertPreTokenizer"), decoder);
    }

    private void bytes(ObjectNode normalizer, ObjectNode preTokenizer, String unknown, String end) {
        sections(bytePairs(unknown, "", end, false), normalizer, preTokenizer, byteLevel(true, true));
    }

    private static ObjectNode bytePairs(String unknown, String prefix, String end, boolean fallsBack) {
        return step("BPE")
                .putNull("dropout")
                .put("unk_token", unknown)
                .put("continuing_subword_prefix", prefix)
                .put("end_of_word_suffix", end)
                .put("fuse_unk", fallsBack)
                .put("byte_fallback", fallsBack)
                .put("ignore_merges", false);
    }

    private static ObjectNode unigram(int unknown) {
        return step("Unigram").put("unk_id", unknown).put("byte_fallback", false);
    }

    private void deberta() throws IOException {
        Stream<ObjectNode> lower = settings.flag("do_lower_case", false) ? Stream.of(step("Lowercase")) : Stream.of();
        Stream<ObjectNode> split = settings.flag("split_by_punct", false)
                ? Stream.of(step("Punctuation").put("behavior", "Isolated"))
                : Stream.of();
        String scheme = prefixesWords() ? "always" : "first";
        Stream<ObjectNode> normalizers = Stream.of(
                replace("Regex", "\\s{2,}|[\\n\\r\\t]", " "),
                step("NFC"),
                step("Strip").put("strip_left", false).put("strip_right", true));
        sections(
                unigram(unknown(settings.integer("unk_id", 1), true)),
                sequence("normalizers", Stream.concat(lower, normalizers).toArray(ObjectNode[]::new)),
                sequence(
                        "pretokenizers",
                        Stream.concat(split, Stream.of(metaspace(scheme, true))).toArray(ObjectNode[]::new)),
                metaspace(scheme, true));
        root.set("post_processor", bert());
    }

    private void words() throws IOException {
        String scheme = prefixesWords() ? "always" : "never";
        sections(
                unigram(kind == TokenizerClass.CAMEMBERT ? unknown(0, false) : 3),
                precompiled(),
                sequence("pretokenizers", step("WhitespaceSplit"), metaspace(scheme, true)),
                metaspace(scheme, true));
        root.set(
                "post_processor",
                template(
                        List.of("bos_token", "A", "eos_token"),
                        List.of("bos_token", "A", "eos_token", "eos_token", "B", "eos_token"),
                        false));
    }

    /** Whether words begin with a space: true without a setting, false for a setting of null. */
    private boolean prefixesWords() throws IOException {
        return settings.flag(PREFIX, !settings.has(PREFIX));
    }

    /** Returns the index of the unknown token in a vocabulary with scores; with {@code unscored} its score must be 0. */
    private int unknown(int otherwise, boolean unscored) {
        JsonNode vocabulary = root.path("model").path("vocab");
        for (int i = 0; i < vocabulary.size(); i++) {
            JsonNode token = vocabulary.path(i);
            if (token.path(0).asText().equals(text("unk_token"))
                    && !(unscored && token.path(1).asDouble(1) != 0)) {
                return i;
            }
        }
        return otherwise;
    }

    /** Returns the file's table of characters; null if its normalizer has none. */
    private ObjectNode precompiled() {
        JsonNode normalizer = root.path("normalizer");
        Iterable<JsonNode> steps = normalizer.path(TYPE).asText().equals("Sequence")
                ? normalizer.path("normalizers")
                : List.of(normalizer);
        for (JsonNode step : steps) {
            if (step instanceof ObjectNode found && step.path(TYPE).asText().equals("Precompiled")) {
                return found;
            }
        }
        return null;
    }

    private void llama() throws IOException {
        boolean prefix = settings.flag(PREFIX, true);
        String scheme = !prefix ? "never" : settings.flag("legacy", false) ? "always" : "first";
        ObjectNode decoder = spaced();
        if (prefix) {
            decoder.withArray("decoders")
                    .add(step("Strip").put("content", " ").put("start", 1).put("stop", 0));
        }
        sections(bytePairs(null, null, null, true), null, metaspace(scheme, false), decoder);
    }

    private void gemma() {
        ObjectNode spaces = replace("String", " ", METASPACE);
        sections(
                bytePairs(text("unk_token"), null, null, true),
                kind == TokenizerClass.SIGLIP2 ? sequence("normalizers", step("Lowercase"), spaces) : spaces,
                split("String", " ", "MergedWithPrevious", false),
                spaced());
    }

    private static ObjectNode spaced() {
        return sequence("decoders", replace("String", METASPACE, " "), step("ByteFallback"), step("Fuse"));
    }

    private void sections(ObjectNode model, ObjectNode normalizer, ObjectNode preTokenizer, ObjectNode decoder) {
        JsonNode before = root.path("model");
        model.set("vocab", before.path("vocab"));
        if (model.path(TYPE).asText().equals("BPE")) {
            model.set("merges", before.path("merges"));
        }
        root.set("model", model);
        root.set("normalizer", normalizer);
        root.set("pre_tokenizer", preTokenizer);
        root.set("decoder", decoder);
    }

    private String text(String field) {
        return tokens.containsKey(field)
                ? tokens.get(field).content()
                : kind.tokens().get(field);
    }

    private ObjectNode bert() throws IOException {
        return template(
                List.of("cls_token", "A", "sep_token"), List.of("cls_token", "A", "sep_token", "B", "sep_token"), true);
    }

    private ObjectNode template(List<String> single, List<String> pair, boolean types) throws IOException {
        ObjectNode template = step("TemplateProcessing");
        ObjectNode special = JsonFile.newObject();
        template.set("single", pieces(single, types, special));
        template.set("pair", pieces(pair, types, special));
        return template.set("special_tokens", special);
    }

    private ArrayNode pieces(List<String> names, boolean types, ObjectNode special) throws IOException {
        ArrayNode pieces = special.arrayNode();
        int type = 0;
        for (String name : names) {
            type = types && name.equals("B") ? 1 : type;
            boolean sequence = name.length() == 1;
            String token = sequence ? name : text(name);
            pieces.addObject()
                    .putObject(sequence ? "Sequence" : "SpecialToken")
                    .put("id", token)
                    .put("type_id", type);
            if (!sequence) {
                ObjectNode entry = special.putObject(token).put("id", token);
                entry.putArray("ids").add(id(name));
                entry.putArray("tokens").add(token);
            }
        }
        return pieces;
    }

    private ObjectNode roberta(boolean trim, boolean prefix) throws IOException {
        return around("sep_token", "cls_token", trim, prefix);
    }

    private ObjectNode around(String end, String begin, boolean trim, boolean prefix) throws IOException {
        ObjectNode processor = step("RobertaProcessing");
        processor.putArray("sep").add(text(end)).add(id(end));
        processor.putArray("cls").add(text(begin)).add(id(begin));
        return processor.put("trim_offsets", trim).put(PREFIX, prefix);
    }

    private int id(String field) throws IOException {
        return ids.id(text(field))
                .orElseThrow(() -> settings.failure(
                        field,
                        "found \"" + text(field) + "\", which the tokenizer puts around texts, but the model's"
                                + " vocabulary has no such token"));
    }

    private static ObjectNode step(String type) {
        return JsonFile.newObject().put(TYPE, type);
    }

    private static ObjectNode sequence(String field, ObjectNode... steps) {
        ObjectNode sequence = step("Sequence");
        sequence.putArray(field).addAll(List.of(steps));
        return sequence;
    }

    private static ObjectNode metaspace(String scheme, boolean split) {
        return step("Metaspace")
                .put("replacement", METASPACE)
                .put("prepend_scheme", scheme)
                .put("split", split);
    }

    private static ObjectNode byteLevel(boolean prefix, boolean pattern) {
        return step("ByteLevel").put(PREFIX, prefix).put("trim_offsets", true).put("use_regex", pattern);
    }

    private static ObjectNode replace(String kind, String pattern, String content) {
        ObjectNode step = step("Replace");
        step.putObject("pattern").put(kind, pattern);
        return step.put("content", content);
    }

    private static ObjectNode split(String kind, String pattern, String behavior, boolean invert) {
        ObjectNode step = step("Split");
        step.putObject("pattern").put(kind, pattern);
        return step.put("behavior", behavior).put("invert", invert);
    }
}
