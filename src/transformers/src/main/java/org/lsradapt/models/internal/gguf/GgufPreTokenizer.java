package org.lsradapt.models.internal.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.io.internal.JsonFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ways in which a byte-level BPE divides text before it merges. {@code tokenizer.ggml.pre} names each by the models
 * that use it. The expressions are those of the models' own {@code tokenizer.json}; DEFAULT is llama.cpp's.
 */
enum GgufPreTokenizer {
    DEFAULT(
            List.of("default"),
            false,
            false,
            "[\\p{P}\\$\\+<=>\\^~\\|]+",
            Expressions.GPT2,
            "\\p{N}+",
            "[0-9][0-9][0-9]"),
    GPT2(List.of("gpt-2"), false, false, Expressions.GPT2),
    SMOLLM(List.of("smollm", "starcoder", "minerva-7b"), false, false, "\\p{N}", Expressions.GPT2),
    LLAMA3(
            List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "midm-2.0"),
            true,
            true,
            Expressions.LLAMA3),
    SMAUG(List.of("smaug-bpe"), false, false, Expressions.LLAMA3),
    QWEN2(List.of("qwen2", "deepseek-r1-qwen"), false, false, Expressions.QWEN2),
    GPT4O(List.of("gpt-4o"), false, false, Expressions.GPT4O),
    TEKKEN(List.of("tekken"), true, true, Expressions.TEKKEN);

    private static final class Expressions {
        static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
        static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String QWEN2 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String GPT4O =
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                        + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                        + "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
                        + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
        static final String TEKKEN =
                "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+"
                        + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*"
                        + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }

    private static final Logger LOG = LoggerFactory.getLogger(GgufPreTokenizer.class);
    private static final String KEY = "tokenizer.ggml.pre";

    private final List<String> names;
    private final boolean wholeWords;
    private final boolean begun;
    private final String[] expressions;

    GgufPreTokenizer(List<String> names, boolean wholeWords, boolean begun, String... expressions) {
        this.names = names;
        this.wholeWords = wholeWords;
        this.begun = begun;
        this.expressions = expressions;
    }

    /** Returns the pre-tokenizer of a file; DEFAULT and a warning if it names none, like files before May 2024. */
    static GgufPreTokenizer of(GgufMetadata metadata) throws IOException {
        if (!metadata.has(KEY)) {
            LOG.warn(
                    "{}",
                    metadata.failure(
                                    KEY,
                                    "missing, \"default\" is taken; texts may be divided into other tokens than"
                                            + " the model was trained on")
                            .getMessage());
            return DEFAULT;
        }
        String name = metadata.text(KEY);
        for (GgufPreTokenizer one : values()) {
            if (one.names.contains(name)) {
                return one;
            }
        }
        String known =
                Arrays.stream(values()).flatMap(one -> one.names.stream()).collect(Collectors.joining(", "));
        throw metadata.failure(KEY, "found \"" + name + "\", expected one of " + known);
    }

    /** Finds the pre-tokenizer of llama.cpp that divides text as the sections of a {@code tokenizer.json} say. */
    static Optional<GgufPreTokenizer> of(JsonNode normalizer, JsonNode preTokenizer, boolean wholeWords) {
        List<String> found = expressions(preTokenizer);
        boolean composed = normalizer.path("type").asText().equals("NFC");
        if (found.isEmpty() || !(composed || normalizer.isNull() || normalizer.isMissingNode())) {
            return Optional.empty();
        }
        return Arrays.stream(values())
                .filter(one -> one.composes() == composed && one.wholeWords == wholeWords)
                .filter(one -> found.equals(List.of(one.expressions)))
                .findFirst();
    }

    /** Returns the expressions that divide a text into words, in order; empty for another form or a tokenizer that is not byte-level. */
    private static List<String> expressions(JsonNode preTokenizer) {
        boolean several = preTokenizer.path("type").asText().equals("Sequence");
        List<JsonNode> steps = new ArrayList<>();
        if (several) {
            preTokenizer.path("pretokenizers").forEach(steps::add);
        } else {
            steps.add(preTokenizer);
        }
        List<String> found = new ArrayList<>();
        boolean bytes = false;
        for (JsonNode step : steps) {
            String type = step.path("type").asText();
            boolean known = switch (type) {
                case "Split" ->
                    step.path("behavior").asText().equals("Isolated")
                            && !step.path("invert").asBoolean()
                            && step.path("pattern").path("Regex").isTextual();
                case "Digits" -> step.path("individual_digits").asBoolean();
                case "ByteLevel" -> !step.path("add_prefix_space").asBoolean(true);
                default -> false;
            };
            if (!known || bytes) {
                return List.of();
            }
            bytes = type.equals("ByteLevel");
            if (type.equals("Split")) {
                found.add(step.path("pattern").path("Regex").asText());
            } else if (type.equals("Digits")) {
                found.add("\\p{N}");
            } else if (step.path("use_regex").asBoolean(true)) {
                found.add(Expressions.GPT2);
            }
        }
        return bytes ? found : List.of();
    }

    /** llama.cpp's name. */
    String label() {
        return names.get(0);
    }

    /** Whether the models' tokenizers compose characters first (NFC), which llama.cpp leaves to the caller. */
    boolean composes() {
        return this == QWEN2;
    }

    /** Whether a word that is a token becomes that token, whatever its merges give. */
    boolean prefersWholeWords() {
        return wholeWords;
    }

    /** Whether texts begin with the begin token if the file does not say. */
    boolean isBegunByDefault() {
        return begun;
    }

    ObjectNode json() {
        ObjectNode sequence = JsonFile.newObject().put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        for (String expression : expressions) {
            ObjectNode split = steps.addObject();
            split.put("type", "Split").put("behavior", "Isolated").put("invert", false);
            split.putObject("pattern").put("Regex", expression);
        }
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
        return sequence;
    }
}
