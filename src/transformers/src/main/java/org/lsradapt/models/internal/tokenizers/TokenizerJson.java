package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * Builds the {@code tokenizer.json} of a BERT model from its {@code vocab.txt}, as Hugging Face's converter does, and
 * reads the vocabulary back from such a file.
 */
public final class TokenizerJson {

    public static final String FILE = "tokenizer.json";

    private static final String UNKNOWN = "[UNK]";
    private static final String FIRST = "[CLS]";
    private static final String SEPARATOR = "[SEP]";
    /** The tokens that are special if the vocabulary has them. */
    public static final List<String> SPECIAL = List.of("[PAD]", UNKNOWN, FIRST, SEPARATOR, "[MASK]");

    /** The longest word, in characters, that is split into pieces; longer ones are unknown as a whole. BERT's own limit. */
    static final int LONGEST_WORD = 100;

    /**
     * The normalization of texts; the names are those of Hugging Face's {@code tokenizer_config.json}.
     *
     * @param lowercase {@code do_lower_case}
     * @param chinese {@code tokenize_chinese_chars}: each CJK character is a word
     * @param stripAccents {@code strip_accents}; null for the value of {@code lowercase}
     */
    public record Normalizer(boolean lowercase, boolean chinese, Boolean stripAccents) {
        public static final Normalizer UNCASED = new Normalizer(true, true, null);

        /** BERT cased: case and accents are kept. */
        public static final Normalizer CASED = new Normalizer(false, true, null);

        static final String TYPE = "BertNormalizer";

        ObjectNode json() {
            return JsonFile.newObject()
                    .put("type", TYPE)
                    .put("clean_text", true)
                    .put("handle_chinese_chars", chinese)
                    .put("strip_accents", stripAccents)
                    .put("lowercase", lowercase);
        }
    }

    private TokenizerJson() {}

    /** Builds the JSON of a vocabulary in UTF-8 with different lines, [UNK], [CLS] and [SEP]. */
    public static byte[] wordPiece(String location, byte[] vocabulary, Normalizer normalizer) throws IOException {
        Map<String, Integer> ids = ids(location, vocabulary);
        for (String token : List.of(UNKNOWN, FIRST, SEPARATOR)) {
            if (!ids.containsKey(token)) {
                throw new IOException(location + ": has no token " + token);
            }
        }
        ObjectNode vocab = JsonFile.newObject();
        ids.forEach(vocab::put);
        AddedTokens added = new AddedTokens(JsonFile.newObject().set("vocab", vocab));
        SPECIAL.stream().filter(ids::containsKey).map(AddedToken::special).forEach(added::add);
        ObjectNode root =
                JsonFile.newObject().put("version", "1.0").putNull("truncation").putNull("padding");
        root.set("added_tokens", added.json());
        Pipeline.SECTIONS.forEach(root::putNull);
        root.putObject("model").set("vocab", vocab);
        new Pipeline(TokenizerClass.BERT, new JsonFields(location, root), Map.of(), added, root).build(normalizer);
        return new JsonMapper().writeValueAsBytes(root);
    }

    /** Returns the same tokenizer, which cuts inputs at a length, special tokens included, and never pads. */
    public static byte[] cutAt(byte[] json, int maxLength) throws IOException {
        JsonMapper mapper = new JsonMapper();
        ObjectNode root = (ObjectNode) mapper.readTree(json);
        root.putObject("truncation")
                .put("direction", "Right")
                .put("max_length", maxLength)
                .put("strategy", "LongestFirst")
                .put("stride", 0);
        root.putNull("padding");
        return mapper.writeValueAsBytes(root);
    }

    /** Returns the tokens of a tokenizer of word pieces, by id from 0; empty for another kind. */
    public static Optional<List<String>> wordPieces(byte[] json) throws IOException {
        JsonNode model = new JsonMapper().readTree(json).path("model");
        if (!model.path("type").asText().equals("WordPiece")) {
            return Optional.empty();
        }
        Map<Integer, String> tokens = new TreeMap<>();
        model.path("vocab")
                .properties()
                .forEach(token -> tokens.put(token.getValue().asInt(), token.getKey()));
        boolean counts = tokens.size() == model.path("vocab").size()
                && List.copyOf(tokens.keySet())
                        .equals(IntStream.range(0, tokens.size()).boxed().toList());
        return counts ? Optional.of(List.copyOf(tokens.values())) : Optional.empty();
    }

    private static Map<String, Integer> ids(String location, byte[] vocabulary) throws IOException {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(vocabulary))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException(location + ": not UTF-8 text", e);
        }
        Map<String, Integer> ids = new LinkedHashMap<>();
        String[] lines = text.split("\r?\n");
        for (int i = 0; i < lines.length; i++) {
            if (lines[i].isEmpty()) {
                throw new IOException(location + ": line " + (i + 1) + " is empty, expected a token per line");
            }
            Integer before = ids.put(lines[i], i);
            if (before != null) {
                throw new IOException(
                        location + ": line " + (i + 1) + " repeats token '" + lines[i] + "' of line " + (before + 1));
            }
        }
        return ids;
    }
}
