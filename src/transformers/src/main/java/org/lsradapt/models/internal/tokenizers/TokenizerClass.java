package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.HashMap;
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
            "BertTokenizer ElectraTokenizer MobileBertTokenizer ConvBertTokenizer SqueezeBertTokenizer LayoutLMTokenizer"
                    + " LxmertTokenizer DPRQuestionEncoderTokenizer DPRContextEncoderTokenizer",
            Tokens.BERT),

    /** Normalizes like BERT, for models without token types. */
    DISTILBERT(Vocabulary.WORD_PIECE, "DistilBertTokenizer DPRReaderTokenizer", Tokens.BERT),

    /** Normalizes like BERT, with RoBERTa's special tokens. */
    MPNET(Vocabulary.WORD_PIECE, "MPNetTokenizer", Tokens.ROBERTA + "[UNK]"),

    /** Byte-level BPE between two special tokens, with or without a space before a text. */
    ROBERTA(
            Vocabulary.BPE,
            "RobertaTokenizer BartTokenizer LongformerTokenizer LEDTokenizer MvpTokenizer",
            Tokens.ROBERTA + "<unk>"),

    /** Byte-level BPE, with or without a space before a text. */
    GPT2(Vocabulary.BPE, "GPT2Tokenizer", Tokens.ENDS + " bos <|endoftext|>"),

    /** Byte-level BPE of composed characters and single digits, with its own pattern. */
    QWEN2(Vocabulary.BPE, "Qwen2Tokenizer", Tokens.ENDS + " pad <|endoftext|>"),

    /** Byte-level BPE of lower-cased words, without white space. */
    CLIP(Vocabulary.BPE, "CLIPTokenizer", Tokens.CLIP),

    /** Lower case, splitting at punctuation, and a space before a text. */
    DEBERTA(Vocabulary.UNIGRAM, "DebertaV2Tokenizer", Tokens.DEBERTA),

    /** A space before each word. */
    XLM_ROBERTA(Vocabulary.UNIGRAM, "XLMRobertaTokenizer", Tokens.ROBERTA + "<unk>"),

    /** A space before each word; the mask takes the space before it. */
    CAMEMBERT(Vocabulary.UNIGRAM, "CamembertTokenizer", Tokens.ROBERTA + "<unk>"),

    /** A space before a text; byte-level BPE with this name is taken unchanged. */
    LLAMA(Vocabulary.BPE, "LlamaTokenizer Phi3Tokenizer", "unk <unk> bos <s> eos </s>"),

    /** No space before a text. */
    GEMMA(Vocabulary.BPE, "GemmaTokenizer", Tokens.GEMMA),

    /** No space before a text, in lower case. */
    SIGLIP2(Vocabulary.BPE, "Siglip2Tokenizer", Tokens.GEMMA),

    /** Takes the file unchanged, as PreTrainedTokenizerFast does. */
    AS_IT_IS("", "", "");

    private final String vocabulary;
    private final List<String> names;
    private final Map<String, String> tokens;

    TokenizerClass(String vocabulary, String names, String tokens) {
        this.vocabulary = vocabulary;
        this.names = List.of(names.split(" "));
        this.tokens = Tokens.read(tokens);
    }

    private static final class Vocabulary {
        static final String WORD_PIECE = "WordPiece";
        static final String BPE = "BPE";
        static final String UNIGRAM = "Unigram";
    }

    /** Special tokens by their fields, as in {@code "unk [UNK] pad [PAD]"}. */
    private static final class Tokens {
        static final String BERT = "unk [UNK] sep [SEP] pad [PAD] cls [CLS] mask [MASK]";
        static final String DEBERTA = "bos [CLS] eos [SEP] " + BERT;
        static final String ENDS = "unk <|endoftext|> eos <|endoftext|>";
        static final String CLIP = ENDS + " bos <|startoftext|> pad <|endoftext|>";
        static final String GEMMA = "unk <unk> bos <bos> eos <eos> pad <pad> mask <mask>";
        static final String ROBERTA = "bos <s> eos </s> sep </s> cls <s> pad <pad> mask <mask> unk ";

        static Map<String, String> read(String row) {
            String[] words = row.split(" ");
            Map<String, String> tokens = new HashMap<>();
            for (int i = 0; i + 1 < words.length; i += 2) {
                tokens.put(words[i] + "_token", words[i + 1]);
            }
            return tokens;
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
