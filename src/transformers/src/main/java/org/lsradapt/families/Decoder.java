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
 * Causal models of LLaMA's form: word embeddings, layers, a final normalization, and a vocabulary matrix, which may be
 * tied to the word embeddings. Classifiers read the last token. Each family defines its layers.
 */
abstract class Decoder implements Family {

    private final String modelType;
    private final String name;
    private final Defaults defaults;

    /**
     * The defaults of a configuration, as in the class of transformers.
     *
     * @param keyValueHeads number of key and value heads; empty for the number of heads
     * @param headSize the width of a head; empty for a share of the model's width
     * @param tied whether the vocabulary shares the word embeddings
     */
    record Defaults(
            OptionalInt keyValueHeads,
            OptionalInt headSize,
            int positions,
            OptionalInt padding,
            double epsilon,
            Norm.Kind norms,
            boolean tied) {

        /** Creates the defaults of a family with LLaMA's kind of normalizations. */
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

    /** Creates a family; its classes in transformers begin with the given name. */
    Decoder(String modelType, String name, Defaults defaults) {
        this.modelType = modelType;
        this.name = name;
        this.defaults = defaults;
    }

    double embeddingScale(DecoderParts parts) {
        return 1;
    }

    OptionalDouble logitCap(JsonFields config) throws IOException {
        return OptionalDouble.empty();
    }

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
                Optional.empty(),
                new Head(Head.Row.LAST, last(config), Optional.empty(), "score", false),
                Optional.of(tied ? words : new Table("lm_head.weight", words.rows(), words.width())),
                logitCap(config),
                parts.positions());
    }

    final DecoderParts parts(JsonFields config) throws IOException {
        return new DecoderParts(config, defaults);
    }

    /** Returns the rule for a classifier's last token; a text's own tokens with the padding id count as padding. */
    private LastToken last(JsonFields config) throws IOException {
        if (!config.has("pad_token_id") && defaults.padding.isPresent()) {
            return new LastToken.OtherThan(defaults.padding.getAsInt());
        }
        return config.isAbsent("pad_token_id")
                ? new LastToken.OfAll()
                : new LastToken.OtherThan(config.integer("pad_token_id"));
    }

    /** Describes the kinds of layers, as far as tensors do not show them, and the kind of each layer. */
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
