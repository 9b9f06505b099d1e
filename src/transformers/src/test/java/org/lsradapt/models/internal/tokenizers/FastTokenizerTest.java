package org.lsradapt.models.internal.tokenizers;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The tokenizer of MiniLM and BERT-base, one and the same vocabulary. Expected ids come from a WordPiece of its own,
 * written in Python over that vocabulary.
 */
class FastTokenizerTest {

    private static final Transformer MODEL = SmallModel.BERT.model(12, 3, 20, 30522, 512);

    private static final List<String> TEXTS = List.of(
            "hello world",
            "",
            "Hello, World!",
            "Crème brûlée, naïve façade — Müller's Ærøskøbing",
            "東京は日本の首都",
            "tab\tnewline\nnull\u0000soft\u00adhyphen",
            "[SEP] in the text [MASK]",
            "🙂 emoji 👩‍👩‍👧",
            "a".repeat(150),
            "don't $5.00 #tag @name http://x.y/z?a=b&c",
            "İstanbul ǅ ﬁ ½ ①",
            "   spaces   ");

    private static byte[] json;
    private static FastTokenizer tokenizer;

    @BeforeAll
    static void load() throws IOException {
        try (InputStream in = FastTokenizerTest.class.getResourceAsStream("/all-minilm-l6-v2-tokenizer.json")) {
            json = in.readAllBytes();
        }
        tokenizer = FastTokenizer.of("minilm", json, MODEL);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    private static void assertIds(String first, String second, int... ids) {
        assertArrayEquals(ids, tokenizer.encode(first, second, 512).ids());
    }

    @Test
    void libraryFailure_namesPlatformAndReasonAndNoFile() {
        Throwable failure = new IllegalStateException("Failed", new UnsatisfiedLinkError("no tokenizers in path"));
        assertEquals(
                "the native library of Hugging Face's tokenizers cannot be loaded on Mac OS X x86_64:"
                        + " java.lang.UnsatisfiedLinkError: no tokenizers in path; there are ones for Linux (glibc), macOS"
                        + " on ARM, and Windows on x86, which are unpacked into the folder that -DDJL_CACHE_DIR names,"
                        + " ~/.djl.ai by default",
                FastTokenizer.libraryFailure("Mac OS X", "x86_64", failure));
    }

    @Test
    void encode_sentences_giveTheKnownIds() {
        assertIds("hello world", null, 101, 7592, 2088, 102);
        assertIds("", null, 101, 102);
        assertIds("Hello, World!", null, 101, 7592, 1010, 2088, 999, 102);
        assertIds(
                "The quick brown fox jumps over the lazy dog, unaffable and electroencephalographically.",
                null,
                101,
                1996,
                4248,
                2829,
                4419,
                14523,
                2058,
                1996,
                13971,
                3899,
                1010,
                14477,
                20961,
                3468,
                1998,
                16175,
                10127,
                21890,
                21197,
                20721,
                3973,
                1012,
                102);
    }

    @Test
    void encode_pair_hasTypes() {
        assertIds("hello world", "how are you?", 101, 7592, 2088, 102, 2129, 2024, 2017, 1029, 102);
        assertArrayEquals(
                new int[] {0, 0, 0, 0, 1, 1, 1, 1, 1},
                tokenizer.encode("hello world", "how are you?", 512).typeIds());
        assertArrayEquals(new int[] {0, 0, 1}, tokenizer.encode("", "", 512).typeIds());
    }

    @Test
    void encode_accentsAndChineseCharacters_areNormalizedAndSplit() {
        assertIds(
                "Crème brûlée, naïve façade — Müller's Ærøskøbing",
                null,
                101,
                13675,
                21382,
                7987,
                9307,
                2063,
                1010,
                15743,
                8508,
                1517,
                12304,
                1005,
                1055,
                1097,
                2099,
                16415,
                6711,
                16415,
                10472,
                102);
        assertIds("東京は日本の首都", null, 101, 1879, 1755, 1672, 1864, 1876, 1671, 100, 1961, 102);
    }

    /** The file itself asks for padding and truncation to 128. */
    @Test
    void encode_longText_goesUpToMaxLength() {
        String text = "word ".repeat(600);
        for (int max : new int[] {3, 127, 128, 129, 256, 512, 600, 602}) {
            int[] ids = tokenizer.encode(text, null, max).ids();
            assertEquals(max, ids.length);
            assertEquals(102, ids[max - 1]);
        }
        assertEquals(602, tokenizer.encode(text, null, Integer.MAX_VALUE).length());
        assertEquals(3, tokenizer.encode("word", null, 128).length());
    }

    @Test
    void encode_noRoomForText_keepsOnlySpecialTokens() {
        assertArrayEquals(
                new int[] {101, 102}, tokenizer.encode("hello world", null, 2).ids());
        assertArrayEquals(
                new int[] {101, 102, 102}, tokenizer.encode("hello", "world", 3).ids());
        assertEquals(
                "encode: maxLength is 2, expected at least 3, the number of special tokens",
                assertThrows(IllegalArgumentException.class, () -> tokenizer.encode("a", "b", 2))
                        .getMessage());
    }

    @Test
    void encode_anyPairAndLength_isCutAsTheLibraryCuts() throws IOException {
        for (int max : new int[] {4, 5, 7, 12, 13, 20}) {
            Map<String, String> options =
                    Map.of("truncation", "LONGEST_FIRST", "maxLength", Integer.toString(max), "padding", "DO_NOT_PAD");
            try (HuggingFaceTokenizer library =
                    HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options)) {
                for (int a = 0; a < 15; a++) {
                    Encoding one = library.encode("one ".repeat(a));
                    assertSame(one, tokenizer.encode("one ".repeat(a), null, max), a + " in " + max);
                    for (int b = 0; b < 15; b++) {
                        Encoding two = library.encode("one ".repeat(a), "two ".repeat(b));
                        TokenSequence ours = tokenizer.encode("one ".repeat(a), "two ".repeat(b), max);
                        assertSame(two, ours, a + " and " + b + " in " + max);
                    }
                }
            }
        }
    }

    private static void assertSame(Encoding expected, TokenSequence actual, String message) {
        assertArrayEquals(
                expected.getIds(), Arrays.stream(actual.ids()).asLongStream().toArray(), message);
        assertArrayEquals(
                expected.getTypeIds(),
                Arrays.stream(actual.typeIds()).asLongStream().toArray(),
                message);
    }

    @Test
    void wordPiece_ofTheSameVocabulary_tokenizesAsTheFileDoes() throws IOException {
        JsonNode vocabulary = new JsonMapper().readTree(json).path("model").path("vocab");
        String[] lines = new String[vocabulary.size()];
        vocabulary.properties().forEach(token -> lines[token.getValue().asInt()] = token.getKey());
        byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        byte[] built = TokenizerJson.wordPiece("vocab.txt", text, TokenizerJson.Normalizer.UNCASED);
        Random random = new Random(11);
        try (FastTokenizer ours = FastTokenizer.of("vocab.txt", built, MODEL)) {
            for (int i = 0; i < 300; i++) {
                String first = i < TEXTS.size() ? TEXTS.get(i) : random(random);
                String second = i % 3 == 0 ? null : random(random);
                TokenSequence expected = tokenizer.encode(first, second, 64);
                TokenSequence actual = ours.encode(first, second, 64);
                assertArrayEquals(expected.ids(), actual.ids(), first);
                assertArrayEquals(expected.typeIds(), actual.typeIds(), first);
            }
        }
    }

    private static String random(Random random) {
        int[] ranges = {0x20, 0x7f, 0xa0, 0x250, 0x300, 0x370, 0x3041, 0x30ff, 0x4e00, 0x4f00, 0x1f600, 0x1f640};
        int[] points = random.ints(random.nextInt(40), 0, 600)
                .map(i -> {
                    int range = 2 * (i % 6);
                    return i < 400 ? 'a' + i % 26 : ranges[range] + random.nextInt(ranges[range + 1] - ranges[range]);
                })
                .toArray();
        return new String(points, 0, points.length);
    }

    @Test
    void encode_manyThreads_givesTheSame() {
        List<int[]> expected =
                TEXTS.stream().map(t -> tokenizer.encode(t, null, 32).ids()).toList();
        IntStream.range(0, 2000).parallel().forEach(i -> {
            int which = i % TEXTS.size();
            assertArrayEquals(
                    expected.get(which),
                    tokenizer.encode(TEXTS.get(which), null, 32).ids());
        });
    }

    @Test
    void of_firstTokenizer_keepsTheLibraryOffline() {
        assertTrue(System.getenv("DJL_OFFLINE") != null || Boolean.getBoolean("ai.djl.offline"));
        assertTrue(System.getenv("OPT_OUT_TRACKING") != null || Boolean.getBoolean("OPT_OUT_TRACKING"));
    }

    /** Memory of the library that was freed under a call would end the process. */
    @Test
    void close_whileOthersEncode_waitsForThem() throws Exception {
        String text = "a b ".repeat(2000);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (int round = 0; round < 20; round++) {
                FastTokenizer shared = FastTokenizer.of("t.json", json, MODEL);
                CountDownLatch begun = new CountDownLatch(4);
                List<Future<?>> calls = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    calls.add(threads.submit(() -> {
                        begun.countDown();
                        while (true) {
                            shared.encode(text, null, 9);
                        }
                    }));
                }
                begun.await();
                shared.close();
                for (Future<?> call : calls) {
                    Throwable end =
                            assertThrows(ExecutionException.class, call::get).getCause();
                    assertEquals("the base model is closed, and with it its tokenizer t.json", end.getMessage());
                }
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void encode_afterClose_isRefused() throws IOException {
        FastTokenizer closed = FastTokenizer.of("t.json", json, MODEL);
        closed.close();
        assertEquals(
                "the base model is closed, and with it its tokenizer t.json",
                assertThrows(IllegalStateException.class, () -> closed.encode("a", null, 9))
                        .getMessage());
    }
}
