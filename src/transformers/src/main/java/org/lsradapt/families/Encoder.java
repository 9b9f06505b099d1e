package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Activation;
import org.lsradapt.transformer.parts.Block;
import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Table;
import org.lsradapt.transformer.parts.Transformer;

/**
 * Encoders of BERT's form: embeddings of words, positions and token types, layers with normalizations after the parts,
 * and a classifier that reads the first token through a dense layer. The defaults are BERT's; each family overrides
 * what it does differently.
 */
abstract class Encoder implements Family {
    static final double EPSILON = 1e-12;
    static final String WORD_PIECE = "vocab.txt";

    static final EncoderLayers.Names BERT_LAYER = new EncoderLayers.Names(
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    private final String modelType;
    private final String name;
    private final Classifier classifier;

    /**
     * The two layers of a classifier.
     *
     * @param source the owner of that layer
     */
    record Classifier(String dense, Head.Source source, Activation activation, String output) {

        static Classifier trained(Activation activation) {
            return new Classifier("classifier.dense", Head.Source.TRAINED, activation, "classifier.out_proj");
        }
    }

    /** Creates a family; its classes in transformers begin with the given name. */
    Encoder(String modelType, String name, Classifier classifier) {
        this.modelType = modelType;
        this.name = name;
        this.classifier = classifier;
    }

    @Override
    public final String modelType() {
        return modelType;
    }

    @Override
    public String prefix() {
        return modelType + ".";
    }

    @Override
    public final String sequenceClassifier() {
        return name + "ForSequenceClassification";
    }

    @Override
    public final Optional<String> tokenizerClass() {
        return Optional.of(name + "Tokenizer");
    }

    @Override
    public final List<String> headParameters() {
        List<String> output = List.of(classifier.output + ".weight", classifier.output + ".bias");
        return frozenPooler().isPresent()
                ? output
                : List.of(classifier.dense + ".weight", classifier.dense + ".bias", output.get(0), output.get(1));
    }

    @Override
    public final Optional<String> frozenPooler() {
        return classifier.source == Head.Source.BASE ? Optional.of(classifier.dense) : Optional.empty();
    }

    @Override
    public final Transformer describe(JsonFields config) throws IOException {
        EncoderLayers layers = layers(config);
        OptionalInt padding = padding(config);
        int positions = positions(config);
        return new Transformer(
                embeddings(config, layers.width(), padding),
                blocks(config, layers),
                Optional.empty(),
                head(config, layers.width()),
                Optional.empty(),
                padding.isPresent() ? positions - padding.getAsInt() - 1 : positions);
    }

    EncoderLayers layers(JsonFields config) throws IOException {
        config.requireValue("position_embedding_type", "absolute");
        if (config.flag("is_decoder", false)) {
            throw config.failure("is_decoder", "found true, expected an encoder");
        }
        return layers(config, BERT_LAYER, EncoderLayers.Shape.divided(config, "attention_head_size"));
    }

    final EncoderLayers layers(JsonFields config, EncoderLayers.Names names, EncoderLayers.Shape shape)
            throws IOException {
        return new EncoderLayers(
                "encoder.layer.",
                names,
                shape,
                epsilon(config),
                true,
                config.meaning("hidden_act", "gelu", Activation::named));
    }

    List<Block> blocks(JsonFields config, EncoderLayers layers) throws IOException {
        return layers.normBehind(attention -> attention);
    }

    double epsilon(JsonFields config) throws IOException {
        return config.number("layer_norm_eps", EPSILON);
    }

    int positions(JsonFields config) throws IOException {
        return config.integer("max_position_embeddings");
    }

    OptionalInt padding(JsonFields config) throws IOException {
        return OptionalInt.empty();
    }

    Embeddings embeddings(JsonFields config, int width, OptionalInt padding) throws IOException {
        return new Embeddings.Tokens(
                words(config, width),
                Optional.of(table("position", positions(config), width)),
                padding,
                types(config, width),
                Optional.empty(),
                Optional.of(EncoderLayers.norm("embeddings.LayerNorm", width, epsilon(config))));
    }

    static Table words(JsonFields config, int width) throws IOException {
        return table("word", config.integer("vocab_size"), width);
    }

    Optional<Table> types(JsonFields config, int width) throws IOException {
        return Optional.of(table("token_type", config.integer("type_vocab_size", 2), width));
    }

    static Table table(String kind, int rows, int width) {
        return new Table("embeddings." + kind + "_embeddings.weight", rows, width);
    }

    Head head(JsonFields config, int width) throws IOException {
        return head(width, classifier.activation);
    }

    final Head head(int width, Activation activation) {
        Linear dense = new Linear(classifier.dense, width, width, true);
        return new Head(
                Head.Row.FIRST,
                Optional.of(new Head.Dense(dense, activation, classifier.source)),
                classifier.output,
                true);
    }

    /** The id of the padding token without a field. */
    int padToken() {
        return 0;
    }

    /** Omits GELU, so that fingerprints from before other activations were supported stay valid. */
    @Override
    public String signature(JsonFields config) throws IOException {
        String activation = config.text("hidden_act", "gelu");
        return modelType.toUpperCase(Locale.ROOT) + " heads " + config.integer("num_attention_heads") + " epsilon "
                + epsilon(config) + " pad " + config.integer("pad_token_id", padToken())
                + (activation.equals("gelu") ? "" : " activation " + activation);
    }
}
