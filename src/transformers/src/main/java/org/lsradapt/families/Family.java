package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.MaskedHead;
import org.lsradapt.transformer.parts.Tensor;
import org.lsradapt.transformer.parts.Transformer;

/** A model family of Hugging Face transformers. Immutable. */
public interface Family {

    /** The value of {@code model_type} in its {@code config.json}. */
    String modelType();

    /**
     * Returns the structure of a model with a configuration.
     *
     * @param config the fields of its {@code config.json}; a missing field has its default in transformers
     * @throws IOException if a field is missing or malformed, or has a value that is not supported; the message names
     *     it
     */
    Transformer describe(JsonFields config) throws IOException;

    /**
     * Returns the configuration's part of the fingerprint, for models with the same tensors.
     *
     * @return a text that is the same for configurations with the same computation
     * @throws IOException as {@link #describe}
     */
    String signature(JsonFields config) throws IOException;

    /** The field of its {@code config.json} with the number of layers. */
    default String layersField() {
        return Configs.LAYERS;
    }

    /** The prefix of tensor names if the base model is part of a larger one, such as {@code bert.}. */
    String prefix();

    /** The prefixes of tensors in a larger model that do not belong to the base model. */
    default List<String> besideBase() {
        return List.of();
    }

    /** Returns a tensor's or layer's name in a larger model, such as a classifier, with the prefix if it belongs to the base model. */
    default String path(String name) {
        return besideBase().stream().anyMatch(name::startsWith) ? name : prefix() + name;
    }

    /** Returns layers that a file may contain in addition to the model, unused but part of the fingerprint; usually none. */
    default List<Linear> unused(Transformer model) {
        return List.of();
    }

    /** Returns unused tensors of its classifier, part of the fingerprint, which merged models contain unchanged; usually none. */
    default List<Tensor> carried(Transformer model) {
        return List.of();
    }

    /** Whether the family reads a {@code model_type}: its own, or that of a larger model of which it is a part. */
    default boolean reads(String modelType) {
        return modelType().equals(modelType);
    }

    /** The {@code model_type} of the larger model whose configuration its classifier uses; empty if it uses its own. */
    default Optional<String> largerType() {
        return Optional.empty();
    }

    /** The field of that model's {@code config.json} with the family's configuration; empty if there is none. */
    default Optional<String> section() {
        return Optional.empty();
    }

    /**
     * Returns the fields that describe the model.
     *
     * @param config the fields of a {@code config.json}, its own or a larger model's
     * @throws IOException if the section is missing
     */
    default JsonFields own(JsonFields config) throws IOException {
        boolean larger = section().isPresent() && !config.text("model_type").equals(modelType());
        return larger ? config.object(section().get()) : config;
    }

    /**
     * Returns the name of a layer's module in transformers if it differs from the name in files. PEFT's adapters use
     * the module's name.
     *
     * @param name a layer's name in the base model's files
     * @return the module's name in the base model
     */
    default String module(String name) {
        return name;
    }

    /** Returns the layer's name in files for a module; the inverse of {@link #module}. */
    default String layer(String module) {
        return module;
    }

    /**
     * Whether some layers are {@linkplain org.lsradapt.transformer.parts.Fused parts} of larger ones in files and in
     * transformers; PEFT then adapts the larger ones.
     */
    default boolean fuses() {
        return false;
    }

    /** The class of transformers that processes images; empty for a family that reads texts. */
    default String imageProcessor() {
        return "";
    }

    /** Whether PEFT has a task type for its classifier; without one, the classifier is among the modules to save. */
    default boolean isPeftTask() {
        return imageProcessor().isEmpty();
    }

    /** The sequence or image classifier's class in transformers. */
    String sequenceClassifier();

    /** The token classifier's class in transformers; empty for a family that reads images. */
    default Optional<String> tokenClassifier() {
        return imageProcessor().isEmpty()
                ? Optional.of(sequenceClassifier().replace("ForSequenceClassification", "ForTokenClassification"))
                : Optional.empty();
    }

    /**
     * Returns how its token classifier reads hidden states: those of each token, by default through one linear layer
     * named like the head's module in the sequence classifier.
     */
    default Head tokenHead(Transformer model) {
        return new Head(Head.Row.EACH, Optional.empty(), model.head().output().replaceFirst("\\..*", ""), true);
    }

    /** The names of the trained arrays of the token classifier's head; see {@link #headParameters}. */
    default List<String> tokenHeadParameters() {
        String last = headParameters().get(headParameters().size() - 1);
        String module = last.substring(0, last.indexOf('.'));
        return List.of(module + ".weight", module + ".bias");
    }

    /**
     * The class of transformers that finds answers in passages; empty for families that read images and for causal
     * models.
     */
    default Optional<String> answerExtractor() {
        return imageProcessor().isEmpty() && languageModel().isEmpty()
                ? Optional.of(sequenceClassifier().replace("ForSequenceClassification", "ForQuestionAnswering"))
                : Optional.empty();
    }

    /** Returns how that class reads hidden states: by a head with {@link Head.Row#EACH}, by default one linear layer. */
    default Head answerHead(Transformer model) {
        return new Head(Head.Row.EACH, Optional.empty(), "qa_outputs", true);
    }

    /** The names of the trained arrays of that head; see {@link #headParameters}. */
    default List<String> answerHeadParameters() {
        return List.of("qa_outputs.weight", "qa_outputs.bias");
    }

    /**
     * Returns the heads of its masked language model, in the forms that occur in files; the first form found in a file
     * counts.
     *
     * @return the forms; empty for a family without such a model
     * @throws IOException as {@link #describe}
     */
    default List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of();
    }

    /** The masked language model's class in transformers, for families that have {@link #maskedHeads}. */
    default String maskedLanguageModel() {
        return sequenceClassifier().replace("ForSequenceClassification", "ForMaskedLM");
    }

    /** The base model's class in transformers. */
    default String baseClass() {
        return sequenceClassifier().replace("ForSequenceClassification", "Model");
    }

    /**
     * The names of the trained arrays of the sequence classifier's head, in order; the last layer computes the outputs.
     * Arrays {@linkplain #besideBase outside the base model} are omitted if the base model has them.
     */
    default List<String> headParameters() {
        return List.of("classifier.weight", "classifier.bias");
    }

    /**
     * The base model's layer that the classifier uses but does not train, such as {@code pooler.dense}. If a base model
     * lacks it, transformers creates a random one, and this library's head omits it.
     */
    default Optional<String> frozenPooler() {
        return Optional.empty();
    }

    /** The language model's class in transformers, for families that predict next tokens. */
    default Optional<String> languageModel() {
        return Optional.empty();
    }

    /**
     * The tokenizer's class in transformers if no file names one; empty for a class that reads {@code tokenizer.json}
     * unchanged.
     */
    default Optional<String> tokenizerClass() {
        return Optional.empty();
    }

    /** Whether transformers uses {@link #tokenizerClass} even if a file names another class. */
    default boolean isTokenizerClassFixed() {
        return false;
    }

    /** The file of a WordPiece vocabulary that can replace {@code tokenizer.json}, if there is one. */
    default Optional<String> wordPieceFile() {
        return Optional.empty();
    }
}
