package org.lsradapt.models.internal.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.lsradapt.io.Gguf;
import org.lsradapt.io.GgufDraft;
import org.lsradapt.io.GgufMetadata;
import org.lsradapt.models.Models;
import org.lsradapt.models.PretrainedModel;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.transformer.inputs.TokenSequence;

/** Tokenizers out of GGUF metadata against the models' own and SentencePiece; golden/gguf/generate.py asked these. */
class GgufTokenizerTest {
    private static final Path GOLDEN = Path.of("src/transformers/src/test/resources/golden/gguf");
    private static final String PREFIX = "tokenizer.ggml.";

    @TempDir
    private Path folder;

    private static int[] ids(JsonNode one) {
        return StreamSupport.stream(one.path("ids").spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private GgufMetadata metadata(GgufDraft draft) throws IOException {
        try (Gguf file = Gguf.open(Files.write(folder.resolve("t.gguf"), draft.bytes()))) {
            return file.metadata();
        }
    }

    /** The tokenizer of a draft, for a model of 400 tokens. */
    private FastTokenizer tokenizer(GgufDraft draft) throws IOException {
        byte[] json = GgufTokenizer.json(metadata(draft));
        try (PretrainedModel model = Models.load(GOLDEN.resolve("blocks.gguf").toString())) {
            assertEquals(400, model.model().vocabulary());
            return FastTokenizer.of("t.gguf", json, model.model());
        }
    }

    /** The tokenizer of mixed.gguf as a draft, without what some tests choose. */
    private static GgufDraft bytePairs() throws IOException {
        try (Gguf file = Gguf.open(GOLDEN.resolve("mixed.gguf"))) {
            GgufMetadata metadata = file.metadata();
            return new GgufDraft()
                    .text(PREFIX + "model", "gpt2")
                    .texts(PREFIX + "tokens", metadata.texts(PREFIX + "tokens"))
                    .integers(PREFIX + "token_type", metadata.integers(PREFIX + "token_type"))
                    .texts(PREFIX + "merges", metadata.texts(PREFIX + "merges"))
                    .integer(PREFIX + "bos_token_id", metadata.integer(PREFIX + "bos_token_id"))
                    .integer(PREFIX + "eos_token_id", metadata.integer(PREFIX + "eos_token_id"));
        }
    }

    private static GgufDraft sentencePieces() throws IOException {
        try (Gguf file = Gguf.open(GOLDEN.resolve("blocks.gguf"))) {
            GgufMetadata metadata = file.metadata();
            return new GgufDraft()
                    .text(PREFIX + "model", "llama")
                    .texts(PREFIX + "tokens", metadata.texts(PREFIX + "tokens"))
                    .integers(PREFIX + "token_type", metadata.integers(PREFIX + "token_type"))
                    .numbers(PREFIX + "scores", metadata.numbers(PREFIX + "scores"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "smollm", "llama-bpe", "smaug-bpe", "tekken", "default"})
    void ids_bytePairs_areThoseOfTheModelsOwnTokenizer(String pre) throws IOException {
        try (FastTokenizer tokenizer = tokenizer(bytePairs().text(PREFIX + "pre", pre))) {
            int texts = 0;
            for (JsonNode one : new JsonMapper()
                    .readTree(GOLDEN.resolve("tokens.json").toFile())
                    .path(pre)) {
                String text = one.path("text").asText();
                assertArrayEquals(ids(one), tokenizer.ids(text), text);
                assertEquals(one.path("decoded").asText(), tokenizer.decode(ids(one)), text);
                texts++;
            }
            assertEquals(25, texts);
            boolean begins = pre.equals("llama-bpe") || pre.equals("tekken");
            assertEquals(begins ? OptionalInt.of(304) : OptionalInt.empty(), tokenizer.beginToken());
        }
    }

    @Test
    void ids_sentencePieces_areThoseOfSentencePiece() throws IOException {
        try (PretrainedModel model = Models.load(GOLDEN.resolve("blocks.gguf").toString())) {
            int texts = 0;
            for (JsonNode one : new JsonMapper()
                    .readTree(GOLDEN.resolve("tokens.json").toFile())
                    .path("spm")) {
                String text = one.path("text").asText();
                assertArrayEquals(ids(one), model.tokenizer().ids(text), text);
                if (!text.contains("<s>") && !text.contains("<|") && !text.contains("\u2581")) {
                    assertEquals(text, model.tokenizer().decode(ids(one)));
                }
                texts++;
            }
            assertEquals(25, texts);
            assertEquals(OptionalInt.of(1), model.tokenizer().beginToken());
            assertEquals(OptionalInt.of(2), model.tokenizer().endToken());
        }
    }

    @Test
    void ids_withoutSpacePrefix_beginWithoutOne() throws IOException {
        try (FastTokenizer with = tokenizer(sentencePieces());
                FastTokenizer without = tokenizer(sentencePieces().flag(PREFIX + "add_space_prefix", false))) {
            assertArrayEquals(with.ids("the"), without.ids(" the"));
            assertEquals(" the", without.decode(without.ids(" the")));
            assertEquals("the", with.decode(with.ids("the")));
            assertEquals(OptionalInt.of(1), with.beginToken());
        }
    }

    @Test
    void encode_beginAndEnd_areAsTheFileSays() throws IOException {
        GgufDraft draft = bytePairs().text(PREFIX + "pre", "llama-bpe").flag(PREFIX + "add_eos_token", true);
        try (FastTokenizer tokenizer = tokenizer(draft)) {
            TokenSequence pair = tokenizer.encode("a", "b", 9);
            int[] a = tokenizer.ids("a");
            int[] b = tokenizer.ids("b");
            assertArrayEquals(new int[] {304, a[0], 305, 304, b[0], 305}, pair.ids());
            assertArrayEquals(
                    new int[] {304, a[0], 305}, tokenizer.encode("a", null, 9).ids());
            assertEquals(OptionalInt.of(305), tokenizer.endToken());
        }
        try (FastTokenizer tokenizer =
                tokenizer(bytePairs().text(PREFIX + "pre", "llama-bpe").flag(PREFIX + "add_bos_token", false))) {
            assertArrayEquals(tokenizer.ids("a"), tokenizer.encode("a", null, 9).ids());
        }
        try (FastTokenizer tokenizer = tokenizer(sentencePieces().flag(PREFIX + "add_bos_token", false))) {
            assertArrayEquals(tokenizer.ids("a"), tokenizer.encode("a", null, 9).ids());
        }
    }

    /** What a file from before token types had has its begin and end token, and all else is text. */
    @Test
    void ids_withoutTypes_findBeginAndEnd() throws IOException {
        try (FastTokenizer tokenizer =
                tokenizer(bytePairs().without(PREFIX + "token_type").text(PREFIX + "pre", "smollm"))) {
            assertArrayEquals(new int[] {304, 305}, tokenizer.ids("<|begin_of_text|><|end_of_text|>"));
            assertTrue(tokenizer.ids("<|pad|>").length > 3);
            assertEquals("", tokenizer.decode(new int[] {304, 305}));
        }
    }

    @Test
    void of_noPreTokenizer_isTheDefault() throws IOException {
        assertEquals(GgufPreTokenizer.DEFAULT, GgufPreTokenizer.of(metadata(new GgufDraft())));
        try (FastTokenizer named = tokenizer(bytePairs().text(PREFIX + "pre", "default"));
                FastTokenizer none = tokenizer(bytePairs())) {
            for (String text : List.of("12345 ... don't", "a\n\n b")) {
                assertArrayEquals(named.ids(text), none.ids(text));
            }
        }
    }

    private String refusal(GgufDraft draft) {
        IOException e = assertThrows(IOException.class, () -> GgufTokenizer.json(metadata(draft)));
        String start = folder.resolve("t.gguf") + ": metadata \"" + PREFIX;
        assertTrue(e.getMessage().startsWith(start), e.getMessage());
        return e.getMessage().substring(start.length());
    }

    @Test
    void json_malformed_isRefused() throws IOException {
        String merges = PREFIX + "merges";
        for (String merge : List.of("h", "", " ", "h ", "h e e", "h zz", "zz h", "h q")) {
            assertEquals(
                    "merges\": number 0 is '" + merge
                            + "', expected two tokens, a space between them, that make a third",
                    refusal(bytePairs()
                            .text(PREFIX + "pre", "gpt-2")
                            .without(merges)
                            .texts(merges, List.of(merge))));
        }
        String tokens = PREFIX + "tokens";
        assertEquals(
                "tokens\": has token 'a' twice, as 0 and 2",
                refusal(sentencePieces()
                        .without(tokens)
                        .texts(tokens, List.of("a", "b", "a"))
                        .without(PREFIX + "token_type")));
        assertEquals(
                "token_type\": has 400 elements, expected one for each of the 3 tokens",
                refusal(sentencePieces().without(tokens).texts(tokens, List.of("a", "b", "c"))));
        assertEquals(
                "scores\": has 3 elements, expected one for each of the 400 tokens",
                refusal(sentencePieces().without(PREFIX + "scores").numbers(PREFIX + "scores", 1, 2, 3)));
        assertEquals("scores\": missing", refusal(sentencePieces().without(PREFIX + "scores")));
        assertEquals(
                "unknown_token_id\": is 400, the tokens end at 399",
                refusal(sentencePieces().integer(PREFIX + "unknown_token_id", 400)));
        GgufDraft empty = new GgufDraft()
                .text(PREFIX + "model", "llama")
                .texts(tokens, List.of())
                .numbers(PREFIX + "scores");
        assertTrue(refusal(empty).endsWith("the tokens end at -1"), refusal(empty));
    }

    /** Pieces joined by score, and not by number; the shorter of two ways to make one comes later. */
    @Test
    void inOrder_pieces_followTheirScores() {
        SentencePieceMerges pieces = new SentencePieceMerges();
        List<String> all = List.of("a", "b", "c", "ab", "bc", "abc", "\uD83D\uDE42", "\uD83D\uDE42a");
        float[] scores = {-9, -9, -9, -3, -1, -2, -9, -4};
        IntStream.range(0, all.size()).forEach(i -> pieces.add(all.get(i), i, scores[i], false));
        List<String> merges =
                pieces.inOrder().stream().map(m -> m.left() + " " + m.right()).toList();
        assertEquals(List.of("b c", "ab c", "a bc", "a b", "\uD83D\uDE42 a"), merges);
        assertFalse(merges.contains("\uD83D \uDE42"));
    }

    private static List<String> names(Set<Integer> ids, List<String> tokens) {
        return ids.stream().map(tokens::get).toList();
    }

    private List<String> ends(String... tokens) throws IOException {
        List<String> all = List.of(tokens);
        return names(
                GgufTokenizer.furtherEnds(metadata(new GgufDraft()
                        .text(PREFIX + "model", "gpt2")
                        .texts(PREFIX + "tokens", all)
                        .integers(
                                PREFIX + "token_type",
                                all.stream().mapToInt(token -> 1).toArray()))),
                all);
    }

    /** As llama.cpp has them in llama-vocab.cpp: by what they are called, of whatever type; two of them not beside others. */
    @Test
    void furtherEnds_byName_areThoseOfLlamaCpp() throws IOException {
        assertEquals(
                List.of("<|eot_id|>", "</s>", "<|end_of_text|>"),
                ends("<|eot_id|>", "a", "</s>", "<|end_of_text|>", "</S>"));
        assertEquals(List.of("<|end|>", "<|call|>"), ends("<|end|>", "<|call|>"));
        assertEquals(List.of("<|return|>", "<|call|>"), ends("<|end|>", "<|return|>", "<|call|>"));
        assertEquals(List.of("<|flush|>", "<|calls|>"), ends("<|end|>", "<|flush|>", "<|calls|>"));
        assertEquals(List.of("<|tool_response>"), ends("</s>", "<|tool_response>"));
        assertEquals(List.of("<|file_sep|>", "<reponame>"), ends("<|file_sep|>", "<reponame>", "<|fim_prefix|>"));
        assertEquals(List.of("<fim_pad>"), ends("<PAD>", "<fim_pad>", "pad"));
    }

    @Test
    void furtherEnds_byNumber_comeBeforeNames() throws IOException {
        List<String> tokens = List.of("<fim_pad>", "x", "<|file_sep|>", "y", "z");
        GgufDraft draft = new GgufDraft().text(PREFIX + "model", "gpt2").texts(PREFIX + "tokens", tokens);
        Set<Integer> ends = GgufTokenizer.furtherEnds(metadata(draft.integer(PREFIX + "fim_pad_token_id", 1)
                .integer(PREFIX + "fim_sep_token_id", 3)
                .integer(PREFIX + "eot_token_id", 4)));
        assertEquals(List.of("x", "y", "z"), names(ends, tokens));
    }

    /** An end token is found in texts though the file calls it a word like others, and so is a token of type unknown. */
    @ParameterizedTest
    @CsvSource({"<|endoftext|>, 1, true", "<odd>, 2, true", "<odd>, 1, false"})
    void ids_endTokenAndUnknownToken_areFoundInTexts(String token, int type, boolean found) throws IOException {
        List<String> tokens;
        int[] types;
        try (Gguf file = Gguf.open(GOLDEN.resolve("mixed.gguf"))) {
            tokens = new ArrayList<>(file.metadata().texts(PREFIX + "tokens"));
            types = file.metadata().integers(PREFIX + "token_type");
        }
        tokens.add(token);
        types = Arrays.copyOf(types, tokens.size());
        types[tokens.size() - 1] = type;
        GgufDraft draft = bytePairs()
                .without(PREFIX + "tokens")
                .texts(PREFIX + "tokens", tokens)
                .without(PREFIX + "token_type")
                .integers(PREFIX + "token_type", types);
        try (FastTokenizer tokenizer = tokenizer(draft.text(PREFIX + "pre", "gpt-2"))) {
            assertEquals(found, Arrays.equals(new int[] {tokens.size() - 1}, tokenizer.ids(token)));
        }
    }

    /** The first of two counts, as in llama.cpp. */
    @Test
    void json_mergeThatComesTwice_isDoneAtItsFirstPlace() throws IOException {
        List<String> merges;
        try (Gguf file = Gguf.open(GOLDEN.resolve("mixed.gguf"))) {
            merges = new ArrayList<>(file.metadata().texts(PREFIX + "merges"));
        }
        int before = merges.size();
        merges.add(merges.get(0));
        GgufDraft draft = bytePairs()
                .without(PREFIX + "merges")
                .texts(PREFIX + "merges", merges)
                .text(PREFIX + "pre", "gpt-2");
        JsonNode read = new JsonMapper()
                .readTree(GgufTokenizer.json(metadata(draft)))
                .path("model")
                .path("merges");
        assertEquals(before, read.size());
        assertEquals(merges.get(0), read.get(0).asText());
    }

    @Test
    void config_paddingThatIsNoToken_isPassedOver() throws IOException {
        assertFalse(GgufTokenizer.config(metadata(sentencePieces().integer(PREFIX + "padding_token_id", 400)))
                .has("pad_token"));
        assertTrue(GgufTokenizer.config(metadata(sentencePieces().integer(PREFIX + "padding_token_id", 399)))
                .has("pad_token"));
    }

    private static Optional<String> caveat(List<String> pieces, float... scores) {
        SentencePieceMerges merges = new SentencePieceMerges();
        IntStream.range(0, pieces.size())
                .forEach(i ->
                        merges.add(pieces.get(i), i, scores[i], pieces.get(i).startsWith("<")));
        return merges.caveat();
    }

    @Test
    void caveat_whatMergesCannotSay_isNamed() {
        List<String> pieces = List.of("a", "b", "ab", "ba", "bb");
        assertEquals(Optional.empty(), caveat(pieces, -5, -5, -1, -2, -3));
        assertEquals(Optional.empty(), caveat(pieces, -5, -5, -5, -5, -5));
        assertEquals(Optional.empty(), caveat(pieces, -5, -5, -1, -2, -2), "a run is the same from either side");
        assertEquals(Optional.empty(), caveat(List.of("a", "b", "ab", "<x>", "<y>"), -5, -5, -1, 0, 0));
        assertEquals(
                Optional.empty(), caveat(List.of("a", "b", "c", "d", "ab", "cd", "aca"), -5, -5, -5, -5, -1, -1, -2));
        assertEquals(
                Optional.of(
                        "2 of the pieces have the score of others that they overlap with, such as 'ab': where they occur texts"
                                + " may become other tokens than SentencePiece's"),
                caveat(List.of("a", "b", "ab", "ba", "bab"), -5, -5, 0, 0, -1));
        assertEquals(
                Optional.of(
                        "1 of the pieces have a character that is not a piece itself, such as 'bc': where they occur texts may"
                                + " become other tokens than SentencePiece's"),
                caveat(List.of("a", "b", "ab", "bc"), -5, -5, -1, -2));
    }
}
