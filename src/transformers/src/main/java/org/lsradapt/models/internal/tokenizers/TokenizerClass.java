package org.lsradapt.models.internal.tokenizers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.lsradapt.io.JsonFields;
import org.lsradapt.io.internal.JsonFile;

/**
 * Tokenizer classes of transformers, by what they do to the content of a {@code tokenizer.json}: most take the vocabulary of that
 * file, and normalize and split texts as their own settings say, which have defaults. Here these settings go into the content of the
 * file; steps that no setting is about stay as the file has them, as in transformers 4.
 */
enum TokenizerClass {
    /** Normalizes as BERT. */
    BERT(
            "WordPiece",
            true,
            "BertTokenizer",
            "ElectraTokenizer",
            "MobileBertTokenizer",
            "ConvBertTokenizer",
            "SqueezeBertTokenizer",
            "LayoutLMTokenizer",
            "LxmertTokenizer",
            "DPRQuestionEncoderTokenizer",
            "DPRContextEncoderTokenizer"),

    /** The same, for models without token types. */
    DISTILBERT("WordPiece", false, "DistilBertTokenizer", "MPNetTokenizer"),

    /** Byte-level BPE, with or without a space before a text. */
    BYTE_LEVEL(
            "BPE",
            false,
            "RobertaTokenizer",
            "GPT2Tokenizer",
            "BartTokenizer",
            "LongformerTokenizer",
            "LEDTokenizer",
            "MvpTokenizer"),

    /** Lower case, splitting at punctuation, and a space before a text. */
    DEBERTA("Unigram", true, "DebertaV2Tokenizer"),

    /** A space before each word. */
    XLM_ROBERTA("Unigram", false, "XLMRobertaTokenizer", "CamembertTokenizer"),

    /** A space before a text; byte-level BPE under this name is taken as it is. */
    LLAMA("BPE", false, "LlamaTokenizer"),

    /** Takes the file as it is, as PreTrainedTokenizerFast and classes without settings do. */
    AS_IT_IS("", false);

    private static final String NORMALIZER = "normalizer";
    private static final String PRE_TOKENIZER = "pre_tokenizer";
    private static final String DECODER = "decoder";
    private static final String PREFIX = "add_prefix_space";
    private static final String SCHEME = "prepend_scheme";
    private static final String METASPACE = "Metaspace";

    /** The names of a Sequence's steps in each section. */
    private static final Set<String> STEPS = Set.of("normalizers", "pretokenizers", "decoders");

    private final String model;
    private final boolean givesTypes;
    private final List<String> names;

    TokenizerClass(String model, boolean givesTypes, String... names) {
        this.model = model;
        this.givesTypes = givesTypes;
        this.names = List.of(names);
    }

    /** The class of a name, with or without the ending Fast. */
    static TokenizerClass named(String name) {
        String plain = name.endsWith("Fast") ? name.substring(0, name.length() - "Fast".length()) : name;
        return Arrays.stream(values())
                .filter(one -> one.names.contains(plain))
                .findFirst()
                .orElse(AS_IT_IS);
    }

    /** Whether models are given token types where the settings do not say which inputs they have. */
    boolean givesTypes() {
        return givesTypes;
    }

    /**
     * Puts settings into a tokenizer; one with a vocabulary of another kind than the class's stays as it is.
     *
     * @param tokenizer the fields of tokenizer.json
     * @param root its content, which is changed
     * @param settings the settings
     * @return whether anything changed
     * @throws IOException if a setting is malformed, or the file has no step that it is about
     */
    boolean apply(JsonFields tokenizer, ObjectNode root, TokenizerSettings settings) throws IOException {
        if (!root.path("model").path("type").asText(model).equals(model)) {
            return false;
        }
        ObjectNode before = JsonFile.newObject();
        for (String section : List.of(NORMALIZER, PRE_TOKENIZER, DECODER)) {
            before.set(section, root.path(section).deepCopy());
        }
        JsonFields fields = settings.fields();
        switch (this) {
            case BERT, DISTILBERT -> normalize(tokenizer, root, settings.normalizer());
            case BYTE_LEVEL -> prefixBytes(root, fields);
            case DEBERTA -> {
                lead(
                        root,
                        NORMALIZER,
                        JsonFile.newObject().put("type", "Lowercase"),
                        fields.flag("do_lower_case", false));
                ObjectNode split =
                        JsonFile.newObject().put("type", "Punctuation").put("behavior", "Isolated");
                lead(root, PRE_TOKENIZER, split, fields.flag("split_by_punct", false));
                prefixWords(root, fields.flag(PREFIX, true) ? "always" : "first");
            }
            case XLM_ROBERTA -> prefixWords(root, fields.flag(PREFIX, true) ? "always" : "never");
            case LLAMA -> prefixText(root, fields);
            case AS_IT_IS -> {}
        }
        return before.properties().stream().anyMatch(old -> !old.getValue().equals(root.path(old.getKey())));
    }

    /** The class has this normalizer and no other. */
    private void normalize(JsonFields tokenizer, ObjectNode root, TokenizerJson.Normalizer normalizer)
            throws IOException {
        JsonNode found = root.path(NORMALIZER);
        String type = found.path("type").asText("");
        if (found.isObject() && !type.equals(TokenizerJson.Normalizer.TYPE)) {
            throw tokenizer.failure(
                    NORMALIZER,
                    "found " + type + ", expected " + TokenizerJson.Normalizer.TYPE + ", which "
                            + names.get(0)
                            + " sets in its place; to keep it, set \"tokenizer_class\" to \"PreTrainedTokenizerFast\" in "
                            + TokenizerSettings.FILE);
        }
        root.set(NORMALIZER, normalizer.json());
    }

    /** A step after others would put a space before each of their parts. */
    private void prefixBytes(ObjectNode root, JsonFields fields) throws IOException {
        boolean prefix = fields.flag(PREFIX, false);
        List<ObjectNode> steps = steps(root, PRE_TOKENIZER, "ByteLevel");
        boolean alone = root.path(PRE_TOKENIZER).path("type").asText().equals("ByteLevel");
        if (prefix
                && !alone
                && steps.stream().noneMatch(step -> step.path(PREFIX).asBoolean())) {
            throw fields.failure(
                    PREFIX,
                    "found true, but " + TokenizerJson.FILE + " has no pre_tokenizer that could add"
                            + " it; expected ByteLevel, as " + names.get(0) + " has it");
        }
        steps.forEach(step -> step.put(PREFIX, prefix));
    }

    private static void prefixWords(ObjectNode root, String scheme) {
        for (String section : List.of(PRE_TOKENIZER, DECODER)) {
            for (ObjectNode step : steps(root, section, METASPACE)) {
                String without = step.path(PREFIX).asBoolean(true) ? "always" : "never";
                if (!step.path(SCHEME).asText(without).equals(scheme)) {
                    step.put(SCHEME, scheme).remove(PREFIX);
                }
            }
        }
    }

    /** Newer files have a Metaspace, older ones a normalizer that prepends; a decoder takes the space away again. */
    private static void prefixText(ObjectNode root, JsonFields fields) throws IOException {
        boolean prefix = fields.flag(PREFIX, true);
        if (!steps(root, PRE_TOKENIZER, METASPACE).isEmpty()) {
            prefixWords(root, !prefix ? "never" : fields.flag("legacy", false) ? "always" : "first");
        } else if (steps(root, NORMALIZER, "Prepend").isEmpty() || prefix) {
            return;
        }
        remove(root, NORMALIZER, "Prepend");
        remove(root, DECODER, "Strip");
        JsonNode decoders = root.path(DECODER).path("decoders");
        if (prefix && decoders instanceof ArrayNode array) {
            array.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
    }

    /** Has a section begin with a step, or have none of its type. */
    private static void lead(ObjectNode root, String section, ObjectNode step, boolean wanted) {
        String type = step.path("type").textValue();
        if (!wanted) {
            remove(root, section, type);
        } else if (steps(root, section, type).isEmpty()) {
            JsonNode others = root.path(section);
            ObjectNode sequence = JsonFile.newObject().put("type", "Sequence");
            ArrayNode all = sequence.putArray(section.equals(NORMALIZER) ? "normalizers" : "pretokenizers")
                    .add(step);
            if (others.isObject()) {
                all.add(others);
            }
            root.set(section, sequence);
        }
    }

    private static void remove(ObjectNode root, String section, String type) {
        if (root.path(section).path("type").asText().equals(type)) {
            root.putNull(section);
        }
        for (String name : STEPS) {
            JsonNode steps = root.path(section).path(name);
            for (int i = steps.size() - 1; i >= 0; i--) {
                if (steps.path(i).path("type").asText().equals(type)) {
                    ((ArrayNode) steps).remove(i);
                }
            }
        }
    }

    /** The steps of a type in a section, which is one or a Sequence of several. */
    private static List<ObjectNode> steps(ObjectNode root, String section, String type) {
        return root.path(section).findParents("type").stream()
                .filter(ObjectNode.class::isInstance)
                .map(ObjectNode.class::cast)
                .filter(step -> step.path("type").asText().equals(type))
                .toList();
    }
}
