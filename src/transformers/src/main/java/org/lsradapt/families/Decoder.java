package org.lsradapt.families;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Attention;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.LastToken;
import org.lsradapt.transformer.parts.Norm;
import org.lsradapt.transformer.parts.Positions;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Causal models of LLaMA's form: no embeddings but those of words, layers, one more normalization, and a vocabulary of
 * its own or the words'. Classifiers read the last token. What the layers are made of each family says.
 */
abstract class Decoder implements Family {

    private final String modelType;
    private final String name;
    private final Defaults defaults;

    /**
     * The defaults of a configuration, as in transformers' class.
     *
     * @param keyValueHeads number of key and value heads; empty for as many as there are heads
     * @param headSize the width of a head; empty for a share of the model's
     * @param positions for how many tokens
     * @param padding the id of the padding token
     * @param epsilon of normalizations
     * @param norms their formula
     * @param tied whether the vocabulary is the word embeddings
     */
    record Defaults(
            OptionalInt keyValueHeads,
            OptionalInt headSize,
            int positions,
            OptionalInt padding,
            double epsilon,
            Norm.Kind norms,
            boolean tied) {

        /** Those of a family whose normalizations are LLaMA's. */
        Defaults(
                OptionalInt keyValueHeads,
                OptionalInt headSize,
                int positions,
                OptionalInt padding,
                double epsilon,
                boolean tied) {
            this(keyValueHeads, headSize, positions, padding, epsilon, Norm.Kind.RMS, tied);
        }
    }

    /** A family whose classes in transformers begin with a name. */
    Decoder(String modelType, String name, Defaults defaults) {
        this.modelType = modelType;
        this.name = name;
        this.defaults = defaults;
    }

    /** The factor of the words' embeddings. */
    double embeddingScale(DecoderParts parts) {
        return 1;
    }

    /** The cap of logits, if there is one. */
    OptionalDouble logitCap(JsonFields config) throws IOException {
        return OptionalDouble.empty();
    }

    /** The layers. */
    abstract List<Block> blocks(DecoderParts parts) throws IOException;

    @Override
    public final String modelType() {
        return modelType;
    }

    @Override
    public final String prefix() {
        return "model.";
    }

    @Override
    public final List<String> besideBase() {
        return List.of("lm_head.");
    }

    @Override
    public String sequenceClassifier() {
        return name + "ForSequenceClassification";
    }

    @Override
    public final List<String> headParameters() {
        return List.of("score.weight");
    }

    @Override
    public final Optional<String> languageModel() {
        return Optional.of(name + "ForCausalLM");
    }

    @Override
    public final Transformer describe(JsonFields config) throws IOException {
        if (!config.flag("is_causal", true)) {
            throw config.failure("is_causal", "found false, only causal models are supported");
        }
        DecoderParts parts = parts(config);
        Table words = new Table("embed_tokens.weight", config.integer("vocab_size"), parts.width());
        boolean tied = config.flag("tie_word_embeddings", defaults.tied);
        return new Transformer(
                Embeddings.Tokens.words(words, embeddingScale(parts)),
                blocks(parts),
                Optional.of(parts.norm("norm")),
                new Head(Head.Row.LAST, last(config), Optional.empty(), "score", false),
                Optional.of(tied ? words : new Table("lm_head.weight", words.rows(), words.width())),
                logitCap(config),
                parts.positions());
    }

    final DecoderParts parts(JsonFields config) throws IOException {
        return new DecoderParts(config, defaults);
    }

    /** A classifier's; a text's own tokens of the padding's id count for padding. */
    private LastToken last(JsonFields config) throws IOException {
        if (!config.has("pad_token_id") && defaults.padding.isPresent()) {
            return new LastToken.OtherThan(defaults.padding.getAsInt());
        }
        return config.isAbsent("pad_token_id")
                ? new LastToken.OfAll()
                : new LastToken.OtherThan(config.integer("pad_token_id"));
    }

    /** The kinds of layers, as far as they do not show in tensors, and which layer is of which. */
    @Override
    public String signature(JsonFields config) throws IOException {
        DecoderParts parts = parts(config);
        List<String> kinds = new ArrayList<>();
        List<Integer> layers = new ArrayList<>();
        for (Block block : blocks(parts)) {
            String kind = kind(block);
            if (!kinds.contains(kind)) {
                kinds.add(kind);
            }
            layers.add(kinds.indexOf(kind));
        }
        return modelType + " embeddings times " + embeddingScale(parts) + " cap " + logitCap(config) + " epsilon "
                + parts.norm("norm").epsilon() + " kinds " + kinds + " layers " + layers;
    }

    private static String kind(Block block) {
        Attention attention = block.attention();
        return "heads " + attention.heads() + " scale " + attention.scale() + " scores " + attention.scores()
                + " activation " + block.feedForward().activation().label() + " positions "
                + positions(attention.positions());
    }

    private static String positions(Positions positions) {
        return positions instanceof Positions.Rotary rotary
                ? Arrays.toString(rotary.frequencies()) + " times " + rotary.factor()
                        + rotary.longer()
                                .map(longer ->
                                        ", beyond " + longer.beyond() + " " + Arrays.toString(longer.frequencies()))
                                .orElse("")
                : "none";
    }
}
