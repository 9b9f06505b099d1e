package org.lsradapt.models.internal.tokenizers;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.lsr.internal.CloseGuard;
import org.lsradapt.transformer.inputs.CutTexts;
import org.lsradapt.transformer.inputs.Token;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.parts.Transformer;

/**
 * A Hugging Face {@code tokenizer.json}, run by Hugging Face's own library. The file's sections on padding and
 * truncation are ignored, except for the side that is cut. Sequences come unpadded; this class cuts them, by that
 * library's rule for "longest first".
 */
public final class FastTokenizer implements Tokenizer, Closeable {

    private static final Map<String, String> OPTIONS =
            Map.of("truncation", "DO_NOT_TRUNCATE", "padding", "DO_NOT_PAD", "addSpecialTokens", "true");

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Guarded tokenizer;
    private final boolean oneType;
    private final boolean cutsLeft;
    private final OptionalInt begin;
    private final OptionalInt end;

    private FastTokenizer(Guarded tokenizer, boolean oneType, boolean cutsLeft, OptionalInt begin, OptionalInt end) {
        this.tokenizer = tokenizer;
        this.oneType = oneType;
        this.cutsLeft = cutsLeft;
        this.begin = begin;
        this.end = end;
    }

    /**
     * Builds a tokenizer.
     *
     * @param json the content of a {@code tokenizer.json}; kept
     * @param model the model of the tokenizer; no token may lie outside its vocabulary. With a single token type, all
     *     types are 0
     * @throws IOException if the file is malformed, is for a larger vocabulary, or has parts that are not allowed (see
     *     {@link TokenizerCheck})
     */
    public static FastTokenizer of(String location, byte[] json, Transformer model) throws IOException {
        return of(location, json, root(location, json), model);
    }

    /** Builds a tokenizer with the settings of another file. All of them are applied, except the inputs' names and the side that is cut. */
    public static FastTokenizer of(String location, byte[] json, Transformer model, TokenizerSettings settings)
            throws IOException {
        JsonNode root = root(location, json);
        boolean changed = root instanceof ObjectNode content
                && TokenizerRewrite.apply(new JsonFields(location, root), content, settings, model.vocabulary());
        return of(location, changed ? JSON.writeValueAsBytes(root) : json, root, model);
    }

    private static FastTokenizer of(String location, byte[] json, JsonNode root, Transformer model) throws IOException {
        TokenizerCheck.check(location, root, model);
        stayOffline();
        requireLibrary();
        try {
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), OPTIONS);
            Encoding any = tokenizer.encode("a");
            long[] ids = any.getIds();
            long[] parts = any.getSequenceIds();
            int last = ids.length - 1;
            return new FastTokenizer(
                    new Guarded(location, json, tokenizer),
                    model.tokenTypes() == 1,
                    root.path("truncation").path("direction").asText().equals("Left"),
                    last >= 0 && parts[0] < 0 ? OptionalInt.of((int) ids[0]) : OptionalInt.empty(),
                    last >= 1 && parts[last] < 0 ? OptionalInt.of((int) ids[last]) : OptionalInt.empty());
        } catch (RuntimeException e) {
            throw new IOException(location + ": not a tokenizer that can be used: " + e.getMessage(), e);
        }
    }

    /** Parses the bytes, which must be UTF-8: the library would read another encoding than the check. */
    private static JsonNode root(String location, byte[] json) throws IOException {
        try {
            return JSON.readTree(BoundedFile.text(location, json));
        } catch (JsonProcessingException e) {
            throw new IOException(location + ": not valid JSON: " + e.getOriginalMessage(), e);
        }
    }

    /**
     * Keeps the library offline. Unless told otherwise, it looks for a GPU build of itself to download, and reports its
     * first use each day. System properties or environment variables that are already set take precedence.
     */
    private static void stayOffline() {
        if (System.getenv("DJL_OFFLINE") == null && System.getProperty("ai.djl.offline") == null) {
            System.setProperty("ai.djl.offline", "true");
        }
        if (System.getenv("OPT_OUT_TRACKING") == null && System.getProperty("OPT_OUT_TRACKING") == null) {
            System.setProperty("OPT_OUT_TRACKING", "true");
        }
    }

    /** Ensures that the library is there, since its failure would be mistaken for one of the file. */
    private static void requireLibrary() throws IOException {
        try {
            LibUtils.checkStatus();
        } catch (IllegalStateException | LinkageError e) {
            throw new IOException(libraryFailure(System.getProperty("os.name"), System.getProperty("os.arch"), e), e);
        }
    }

    static String libraryFailure(String system, String processor, Throwable failure) {
        Throwable reason = failure;
        while (reason.getCause() != null) {
            reason = reason.getCause();
        }
        return "the native library of Hugging Face's tokenizers cannot be loaded on " + system + " " + processor + ": "
                + reason
                + "; there are ones for Linux (glibc), macOS on ARM, and Windows on x86, which are unpacked into"
                + " the folder that -DDJL_CACHE_DIR names, ~/.djl.ai by default";
    }

    /** Returns this tokenizer with another end of texts, ignored if it is not a single token; both share {@link #close}'s memory. */
    public FastTokenizer endingWith(String text) {
        int[] ids = ids(text);
        return ids.length == 1 ? endingWith(ids[0]) : this;
    }

    /** Returns this tokenizer with the token that ends a text; both share the native memory that {@link #close} frees. */
    public FastTokenizer endingWith(int id) {
        return new FastTokenizer(tokenizer, oneType, cutsLeft, begin, OptionalInt.of(id));
    }

    /** Returns this tokenizer with type 0 for all tokens; both share the native memory that {@link #close} frees. */
    public FastTokenizer withoutTypes() {
        return new FastTokenizer(tokenizer, true, cutsLeft, begin, end);
    }

    /** Whether the tokenizer gives token types; otherwise all are 0. */
    public boolean givesTypes() {
        return !oneType;
    }

    /** Returns this tokenizer, cutting long texts at one end; both share the memory that {@link #close} frees. */
    public FastTokenizer cuttingLeft(boolean left) {
        return new FastTokenizer(tokenizer, oneType, left, begin, end);
    }

    /** The state that tokenizers share: the library's memory, which is not freed while a call is running, the file and the counts. */
    private static final class Guarded {
        private final String location;
        private final byte[] json;
        private final CutTexts cutTexts = new CutTexts();
        private final HuggingFaceTokenizer tokenizer;
        private final CloseGuard guard;

        Guarded(String location, byte[] json, HuggingFaceTokenizer tokenizer) {
            this.location = location;
            this.json = json;
            this.tokenizer = tokenizer;
            guard = new CloseGuard("the base model is closed, and with it its tokenizer " + location);
        }

        <T> T call(Function<HuggingFaceTokenizer, T> use) {
            return guard.call(() -> use.apply(tokenizer));
        }

        /** Encodes. The library throws for a piece of a text that is not a token if the vocabulary has no unknown token. */
        Encoding encode(Function<HuggingFaceTokenizer, Encoding> use) {
            return guard.call(() -> {
                try {
                    return use.apply(tokenizer);
                } catch (RuntimeException e) {
                    throw new IllegalArgumentException(
                            location
                                    + ": a text has a piece that is not a token, and \"vocab\" has no \"unk_token\" for it: "
                                    + e.getMessage(),
                            e);
                }
            });
        }

        void close() {
            guard.close(tokenizer::close);
        }
    }

    @Override
    public int[] ids(String text) {
        return Arrays.stream(tokenizer
                        .encode(library -> library.encode(text, false, false))
                        .getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }

    @Override
    public int specialTokens(boolean pair) {
        Encoding empty = tokenizer.call(library -> pair ? library.encode("", "") : library.encode(""));
        long[] parts = empty.getSequenceIds();
        return parts.length - count(parts, 0) - count(parts, 1);
    }

    @Override
    public String decode(int[] ids) {
        long[] tokens = Arrays.stream(ids).asLongStream().toArray();
        return tokenizer.call(library -> library.decode(tokens, true));
    }

    @Override
    public OptionalInt beginToken() {
        return begin;
    }

    @Override
    public OptionalInt endToken() {
        return end;
    }

    @Override
    public TokenSequence encode(String first, String second, int maxLength) {
        Encoding encoding = encoding(first, second);
        int[] kept = kept(encoding, maxLength);
        long[] ids = encoding.getIds();
        tokenizer.cutTexts.add(ids.length, maxLength);
        int[] keptIds = new int[kept.length];
        int[] keptTypes = new int[kept.length];
        for (int i = 0; i < kept.length; i++) {
            keptIds[i] = Math.toIntExact(ids[kept[i]]);
            keptTypes[i] = type(encoding, kept[i]);
        }
        return new TokenSequence(keptIds, keptTypes);
    }

    @Override
    public List<Token> tokens(String first, String second, int maxLength) {
        Encoding encoding = encoding(first, second);
        return Arrays.stream(kept(encoding, maxLength))
                .mapToObj(i -> token(encoding, i))
                .toList();
    }

    @Override
    public List<Token> tokens(List<String> words) {
        Encoding encoding = tokenizer.encode(library -> library.encode(words));
        long[] parts = encoding.getSequenceIds();
        long[] ofWords = encoding.getWordIds();
        return IntStream.range(0, parts.length)
                .mapToObj(i -> token(encoding, i, parts[i] < 0 ? -1 : (int) ofWords[i]))
                .toList();
    }

    private Token token(Encoding encoding, int index) {
        return token(encoding, index, (int) encoding.getSequenceIds()[index]);
    }

    private Token token(Encoding encoding, int index, int part) {
        CharSpan place = encoding.getCharTokenSpans()[index];
        boolean placed = part >= 0 && place != null;
        return new Token(
                encoding.getTokens()[index],
                Math.toIntExact(encoding.getIds()[index]),
                type(encoding, index),
                part,
                placed ? place.getStart() : 0,
                placed ? place.getEnd() : 0);
    }

    private int type(Encoding encoding, int index) {
        return oneType ? 0 : Math.toIntExact(encoding.getTypeIds()[index]);
    }

    private Encoding encoding(String first, String second) {
        return tokenizer.encode(library -> second == null ? library.encode(first) : library.encode(first, second));
    }

    private int[] kept(Encoding encoding, int maxLength) {
        long[] parts = encoding.getSequenceIds();
        int[] have = {count(parts, 0), count(parts, 1)};
        int special = parts.length - have[0] - have[1];
        if (maxLength < special || maxLength < 1) {
            throw new IllegalArgumentException("encode: maxLength is " + maxLength + ", expected at least "
                    + Math.max(special, 1) + ", the number of special tokens");
        }
        if (parts.length == 0) {
            throw new IllegalArgumentException("encode: no token: the text is empty and the tokenizer adds no special"
                    + " tokens, expected a text");
        }
        int[] keep = parts.length <= maxLength ? have : longestFirst(have[0], have[1], maxLength - special);
        int[] seen = new int[2];
        return IntStream.range(0, parts.length)
                .filter(i -> {
                    int part = (int) parts[i];
                    if (part < 0) {
                        return true;
                    }
                    int at = seen[part]++;
                    return cutsLeft ? at >= have[part] - keep[part] : at < keep[part];
                })
                .toArray();
    }

    /** The counts of the texts that {@link #encode} cuts. */
    public CutTexts cutTexts() {
        return tokenizer.cutTexts;
    }

    /** The {@code tokenizer.json} of this tokenizer; not a copy. */
    public byte[] json() {
        return tokenizer.json;
    }

    private static int count(long[] parts, int part) {
        int count = 0;
        for (long p : parts) {
            if (p == part) {
                count++;
            }
        }
        return count;
    }

    /**
     * Divides a budget between two texts that exceed it together. The longer text is cut to the length of the shorter
     * before that is cut. Of an odd budget, the longer text gets the extra token; of equal texts, the second. The
     * tokenizers library does the same for {@code longest_first}.
     */
    private static int[] longestFirst(int first, int second, int budget) {
        int shorter = Math.min(Math.min(first, second), budget / 2);
        int longer = budget - shorter;
        return first > second ? new int[] {longer, shorter} : new int[] {shorter, longer};
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
