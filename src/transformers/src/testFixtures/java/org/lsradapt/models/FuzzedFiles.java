package org.lsradapt.models;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.lsradapt.io.internal.BoundedFile;
import org.lsradapt.io.internal.JsonFile;
import org.lsradapt.models.internal.tokenizers.CharsMaps;
import org.lsradapt.models.internal.tokenizers.FastTokenizer;
import org.lsradapt.models.internal.tokenizers.TokenizerJson;
import org.lsradapt.models.internal.tokenizers.TokenizerSettings;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.inputs.Tokenizer;
import org.lsradapt.transformer.parts.Transformer;

/** Readers of single files of a model folder, by themselves and with their results used. */
public final class FuzzedFiles {

    private static final Transformer MODEL = SmallModel.BERT.model(12, 3, 20, 400, 64);
    private static final String TEXT = "hello w\u00f6rld,  x1 <s>\n\u4e00[MASK]";

    /** A tokenizer with every kind of step, of which each changes little. */
    private static final String EVERY_STEP = """
            {"version": "1.0", "added_tokens": [
               {"id": 5, "content": "[SEP]", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true},
               {"id": 6, "content": "x1", "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": true, "special": false}],
             "normalizer": {"type": "Sequence", "normalizers": [
               {"type": "Precompiled", "precompiled_charsmap": "%s"}, {"type": "Nmt"}, {"type": "NFKC"},
               {"type": "Strip", "strip_left": true, "strip_right": false}, {"type": "StripAccents"},
               {"type": "Lowercase"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
               {"type": "Replace", "pattern": {"String": "``"}, "content": "\\""},
               {"type": "Prepend", "prepend": "\u2581"}]},
             "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
               {"type": "WhitespaceSplit"}, {"type": "Punctuation", "behavior": "Isolated"},
               {"type": "Digits", "individual_digits": true}, {"type": "FixedLength", "length": 9},
               {"type": "Split", "pattern": {"String": "-"}, "behavior": "Removed", "invert": false},
               {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": true}]},
             "post_processor": {"type": "Sequence", "processors": [
               {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
               {"type": "BertProcessing", "sep": ["[SEP]", 5], "cls": ["u", 0]}]},
             "decoder": {"type": "Sequence", "decoders": [
               {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"},
               {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0},
               {"type": "BPEDecoder", "suffix": "</w>"}]},
             "model": {"type": "Unigram", "unk_id": 0, "byte_fallback": false,
               "vocab": [["u", 0], ["a", -1.5], ["\u2581w", -2], ["\u2581", -1], ["ab", -3]]}}
            """;

    private FuzzedFiles() {}

    /** The content of a tokenizer.json with every kind of step. */
    public static byte[] everyStep() {
        Map<String, String> rules = Map.of("\u2460", "1");
        String charsMap = CharsMaps.base64(CharsMaps.units(rules), CharsMaps.replacements(rules));
        return EVERY_STEP.formatted(charsMap).getBytes(StandardCharsets.UTF_8);
    }

    /** Reads a tokenizer.json and uses it. */
    public static void readTokenizer(Path file) throws IOException {
        use(file, BoundedFile.read(file, BoundedFile.SMALL));
    }

    /** Reads a vocab.txt and uses it. */
    public static void readVocabulary(Path file) throws IOException {
        byte[] vocabulary = BoundedFile.read(file, BoundedFile.SMALL);
        use(file, TokenizerJson.wordPiece(file.toString(), vocabulary, TokenizerJson.Normalizer.UNCASED));
    }

    private static void use(Path file, byte[] json) throws IOException {
        try (FastTokenizer tokenizer = FastTokenizer.of(file.toString(), json, MODEL)) {
            use(tokenizer);
        }
    }

    /** Reads a model, all its weights, and what it says of embeddings; uses its tokenizer. */
    public static void readModel(Path path) throws IOException {
        try (PretrainedModel model = Models.load(path.toString())) {
            model.fingerprint();
            model.embeddingSettings();
            if (model.readsImages()) {
                model.maxLength();
            } else {
                use(model.tokenizer());
            }
        }
    }

    /** Reads a model of two towers, and uses its tokenizer. */
    public static void readTowers(Path folder) throws IOException {
        try (DualModel model = DualModel.load(folder.toString())) {
            use(model.tokenizer());
        }
    }

    private static void use(Tokenizer tokenizer) {
        tokenizer.encode(TEXT, TEXT, 512);
        tokenizer.decode(tokenizer.ids(TEXT));
    }

    /** Reads the files of sentence-transformers. */
    public static void readSettings(Path folder) throws IOException {
        Path config = folder.resolve(TokenizerSettings.FILE);
        new SentenceTransformerFiles(
                        folder, 64, Files.exists(config) ? Optional.of(JsonFile.readObject(config)) : Optional.empty())
                .settings();
    }
}
