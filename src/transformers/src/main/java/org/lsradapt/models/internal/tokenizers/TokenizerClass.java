package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.lsradapt.io.JsonFields;

/**
 * Tokenizer classes of transformers 5, with their kind of vocabulary and their special tokens. A class takes vocabulary
 * and merges from a {@code tokenizer.json}; {@link Pipeline} builds the other sections.
 */
enum TokenizerClass {
    /** Normalizes like BERT. */
    BERT(
            Vocabulary.WORD_PIECE,
            List.of(
                    "BertTokenizer",
                    "ElectraTokenizer",
                    "MobileBertTokenizer",
                    "ConvBertTokenizer",
                    "SqueezeBertTokenizer",
                    "LayoutLMTokenizer",
                    "LxmertTokenizer",
                    "DPRQuestionEncoderTokenizer",
                    "DPRContextEncoderTokenizer"),
            Tokens.BERT),

    /** Normalizes like BERT, for models without token types. */
    DISTILBERT(Vocabulary.WORD_PIECE, List.of("DistilBertTokenizer", "DPRReaderTokenizer"), Tokens.BERT),

    /** Normalizes like BERT, with RoBERTa's special tokens. */
    MPNET(Vocabulary.WORD_PIECE, List.of("MPNetTokenizer"), Tokens.roberta("[UNK]")),

    /** Byte-level BPE between two special tokens, with or without a space before a text. */
    ROBERTA(
            Vocabulary.BPE,
            List.of("RobertaTokenizer", "BartTokenizer", "LongformerTokenizer", "LEDTokenizer", "MvpTokenizer"),
            Tokens.roberta("<unk>")),

    /** Byte-level BPE, with or without a space before a text. */
    GPT2(Vocabulary.BPE, List.of("GPT2Tokenizer"), Tokens.ends("<|endoftext|>", "<|endoftext|>", "<|endoftext|>")),

    /** Byte-level BPE of composed characters and single digits, with its own pattern. */
    QWEN2(Vocabulary.BPE, List.of("Qwen2Tokenizer"), Tokens.QWEN2),

    /** Byte-level BPE of lower-cased words, without white space. */
    CLIP(Vocabulary.BPE, List.of("CLIPTokenizer"), Tokens.CLIP),

    /** Lower case, splitting at punctuation, and a space before a text. */
    DEBERTA(Vocabulary.UNIGRAM, List.of("DebertaV2Tokenizer"), Tokens.DEBERTA),

    /** A space before each word. */
    XLM_ROBERTA(Vocabulary.UNIGRAM, List.of("XLMRobertaTokenizer"), Tokens.roberta("<unk>")),

    /** A space before each word; the mask takes the space before it. */
    CAMEMBERT(Vocabulary.UNIGRAM, List.of("CamembertTokenizer"), Tokens.roberta("<unk>")),

    /** A space before a text; byte-level BPE with this name is taken unchanged. */
    LLAMA(Vocabulary.BPE, List.of("LlamaTokenizer", "Phi3Tokenizer"), Tokens.ends("<unk>", "<s>", "</s>")),

    /** No space before a text. */
    GEMMA(Vocabulary.BPE, List.of("GemmaTokenizer"), Tokens.GEMMA),

    /** No space before a text, in lower case. */
    SIGLIP2(Vocabulary.BPE, List.of("Siglip2Tokenizer"), Tokens.GEMMA),

    /** Takes the file unchanged, as PreTrainedTokenizerFast does. */
    AS_IT_IS("", List.of(), Map.of());

    private final String vocabulary;
    private final List<String> names;
    private final Map<String, String> tokens;

    TokenizerClass(String vocabulary, List<String> names, Map<String, String> tokens) {
        this.vocabulary = vocabulary;
        this.names = names;
        this.tokens = tokens;
    }

    private static final class Vocabulary {
        static final String WORD_PIECE = "WordPiece";
        static final String BPE = "BPE";
        static final String UNIGRAM = "Unigram";
    }

    /** Special tokens by their fields. */
    private static final class Tokens {
        static final Map<String, String> BERT = Map.of(
                "unk_token",
                "[UNK]",
                "sep_token",
                "[SEP]",
                "pad_token",
                "[PAD]",
                "cls_token",
                "[CLS]",
                "mask_token",
                "[MASK]");
        static final Map<String, String> DEBERTA = Map.of(
                "bos_token",
                "[CLS]",
                "eos_token",
                "[SEP]",
                "unk_token",
                "[UNK]",
                "sep_token",
                "[SEP]",
                "pad_token",
                "[PAD]",
                "cls_token",
                "[CLS]",
                "mask_token",
                "[MASK]");
        static final Map<String, String> QWEN2 =
                Map.of("unk_token", "<|endoftext|>", "eos_token", "<|endoftext|>", "pad_token", "<|endoftext|>");
        static final Map<String, String> CLIP = Map.of(
                "unk_token",
                "<|endoftext|>",
                "bos_token",
                "<|startoftext|>",
                "eos_token",
                "<|endoftext|>",
                "pad_token",
                "<|endoftext|>");
        static final Map<String, String> GEMMA = Map.of(
                "unk_token",
                "<unk>",
                "bos_token",
                "<bos>",
                "eos_token",
                "<eos>",
                "pad_token",
                "<pad>",
                "mask_token",
                "<mask>");

        static Map<String, String> roberta(String unknown) {
            return Map.of(
                    "bos_token",
                    "<s>",
                    "eos_token",
                    "</s>",
                    "sep_token",
                    "</s>",
                    "cls_token",
                    "<s>",
                    "unk_token",
                    unknown,
                    "pad_token",
                    "<pad>",
                    "mask_token",
                    "<mask>");
        }

        static Map<String, String> ends(String unknown, String begin, String end) {
            return Map.of("unk_token", unknown, "bos_token", begin, "eos_token", end);
        }
    }

    /** Returns the class with a name, with or without the ending Fast. */
    static TokenizerClass named(String name) {
        String plain = name.endsWith("Fast") ? name.substring(0, name.length() - "Fast".length()) : name;
        return Arrays.stream(values())
                .filter(one -> one.names.contains(plain))
                .findFirst()
                .orElse(AS_IT_IS);
    }

    /** Whether models are given token types if the settings do not list the inputs. */
    boolean givesTypes() {
        return this == BERT || this == DEBERTA;
    }

    /** The default special tokens, by their fields. */
    Map<String, String> tokens() {
        return tokens;
    }

    /** The default special tokens that have no field. */
    List<String> otherTokens() {
        return this == CAMEMBERT ? List.of("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED") : List.of();
    }

    /** Whether, by default, the mask takes the space before it. */
    boolean maskTakesSpace() {
        return this == CAMEMBERT || this == MPNET;
    }

    /** Whether a token is there only because no setting overrides the default. */
    boolean isDefault(String field, AddedToken token, JsonFields settings) {
        return otherTokens().contains(token.content()) || (tokens.containsKey(field) && settings.isAbsent(field));
    }

    /** Returns this class, or {@link #AS_IT_IS} for a file with another kind of vocabulary, or with bytes under LLaMA's name. */
    TokenizerClass of(ObjectNode file) {
        JsonNode model = file.path("model");
        boolean fits = this != AS_IT_IS
                && model.path("type").asText(vocabulary).equals(vocabulary)
                && (vocabulary.equals(Vocabulary.UNIGRAM)
                        ? model.path("vocab").isArray()
                        : model.path("vocab").isObject());
        return fits && !(this == LLAMA && Pipeline.hasBytes(file)) ? this : AS_IT_IS;
    }
}
