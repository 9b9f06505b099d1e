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
     * The structure of a model with this configuration.
     *
     * @param config the fields of its {@code config.json}; what it leaves out has the value that transformers gives it
     * @return the model
     * @throws IOException if a field is missing, malformed, or asks for what is not supported; the message names it
     */
    Transformer describe(JsonFields config) throws IOException;

    /**
     * The configuration's part of the fingerprint, for models with the same tensors.
     *
     * @param config the fields of its {@code config.json}
     * @return a text that is the same for configurations that compute the same
     * @throws IOException as {@link #describe}
     */
    String signature(JsonFields config) throws IOException;

    /** The field of its {@code config.json} that has the number of layers. */
    default String layersField() {
        return Configs.LAYERS;
    }

    /** The prefix of tensor names if the base model is part of a larger one, such as {@code bert.}. */
    String prefix();

    /** Tensors that stand beside the base model in a larger one, by the beginnings of their names. */
    default List<String> besideBase() {
        return List.of();
    }

    /**
     * A tensor's or layer's name in a larger model, such as a sequence classifier.
     *
     * @param name its name in the base model
     * @return with the prefix where it belongs to the base model
     */
    default String path(String name) {
        return besideBase().stream().anyMatch(name::startsWith) ? name : prefix() + name;
    }

    /**
     * Layers that a file may have beside the model and that nothing here computes with. They are part of the
     * fingerprint, and of nothing else.
     *
     * @param model a model of this family
     * @return the layers, usually none
     */
    default List<Linear> unused(Transformer model) {
        return List.of();
    }

    /**
     * Tensors of its classifier that nothing here computes with. They are part of the fingerprint, and of merged models as
     * the files have them.
     *
     * @param model a model of this family
     * @return the tensors, usually none
     */
    default List<Tensor> carried(Transformer model) {
        return List.of();
    }

    /** Whether a {@code model_type} is its own, or a larger model's of which it is a part. */
    default boolean reads(String modelType) {
        return modelType().equals(modelType);
    }

    /** The {@code model_type} of the larger model in which its classifier is configured; empty if it is its own. */
    default Optional<String> largerType() {
        return Optional.empty();
    }

    /** The field of that model's {@code config.json} that holds its own; empty if there is none. */
    default Optional<String> section() {
        return Optional.empty();
    }

    /**
     * The fields that describe the model.
     *
     * @param config those of a {@code config.json}, its own or a larger model's
     * @throws IOException if the section is missing
     */
    default JsonFields own(JsonFields config) throws IOException {
        boolean larger = section().isPresent() && !config.text("model_type").equals(modelType());
        return larger ? config.object(section().get()) : config;
    }

    /**
     * The name of a layer's module in transformers, if it differs from the name in files. PEFT's adapters go by
     * it.
     *
     * @param name a layer's name in the base model's files
     * @return the module's name in the base model
     */
    default String module(String name) {
        return name;
    }

    /** A layer's name in files, of what {@link #module} or this gives. */
    default String layer(String module) {
        return module;
    }

    /**
     * Whether layers of its models are {@linkplain org.lsradapt.transformer.parts.Fused parts} of larger ones in files and in
     * transformers, where PEFT adapts the larger ones.
     */
    default boolean fuses() {
        return false;
    }

    /** The class of transformers that processes its images; empty for a family that reads texts. */
    default String imageProcessor() {
        return "";
    }

    /** Whether PEFT has a task type for its classifier; without one, the classifier is among the modules to save. */
    default boolean isPeftTask() {
        return imageProcessor().isEmpty();
    }

    /** The class of transformers that is its classifier. */
    String sequenceClassifier();

    /** The class of transformers that is its classifier of tokens; empty for a family that reads images. */
    default Optional<String> tokenClassifier() {
        return imageProcessor().isEmpty()
                ? Optional.of(sequenceClassifier().replace("ForSequenceClassification", "ForTokenClassification"))
                : Optional.empty();
    }

    /**
     * How its token classifier reads hidden states: those of each token, by default into one linear layer under the name of the
     * module that is the sequence classifier's head.
     *
     * @param model a model of this family
     * @return the head, with {@link Head.Row#EACH}
     */
    default Head tokenHead(Transformer model) {
        return new Head(Head.Row.EACH, Optional.empty(), model.head().output().replaceFirst("\\..*", ""), true);
    }

    /** The names of the trained arrays of its token classifier's head, as {@link #headParameters}. */
    default List<String> tokenHeadParameters() {
        String last = headParameters().get(headParameters().size() - 1);
        String module = last.substring(0, last.indexOf('.'));
        return List.of(module + ".weight", module + ".bias");
    }

    /** The class of transformers that finds answers in passages; empty for a family that reads images, and for one of causal models. */
    default Optional<String> answerExtractor() {
        return imageProcessor().isEmpty() && languageModel().isEmpty()
                ? Optional.of(sequenceClassifier().replace("ForSequenceClassification", "ForQuestionAnswering"))
                : Optional.empty();
    }

    /**
     * How that class reads hidden states: those of each token, by default into one linear layer.
     *
     * @param model a model of this family
     * @return the head, with {@link Head.Row#EACH}
     */
    default Head answerHead(Transformer model) {
        return new Head(Head.Row.EACH, Optional.empty(), "qa_outputs", true);
    }

    /** The names of the trained arrays of that head, as {@link #headParameters}. */
    default List<String> answerHeadParameters() {
        return List.of("qa_outputs.weight", "qa_outputs.bias");
    }

    /**
     * How its masked language model predicts tokens, in the forms that files have it in; the first form that a file has counts.
     *
     * @param config the fields of its {@code config.json}
     * @param model what that describes
     * @return the forms; none for a family without such a model
     * @throws IOException as {@link #describe}
     */
    default List<MaskedHead> maskedHeads(JsonFields config, Transformer model) throws IOException {
        return List.of();
    }

    /** The class of transformers that is its masked language model, for families that have {@link #maskedHeads}. */
    default String maskedLanguageModel() {
        return sequenceClassifier().replace("ForSequenceClassification", "ForMaskedLM");
    }

    /** The class of transformers that is the base model alone. */
    default String baseClass() {
        return sequenceClassifier().replace("ForSequenceClassification", "Model");
    }

    /**
     * The names of the trained arrays of its sequence classifier's head, in order, the last layer's giving the outputs.
     * Of those that stand {@linkplain #besideBase beside the base model} there are none where the base model has them.
     */
    default List<String> headParameters() {
        return List.of("classifier.weight", "classifier.bias");
    }

    /**
     * The base model's layer that the classifier reads through and does not train, such as {@code pooler.dense}: where
     * a base model comes without it, transformers makes a random one, and this library's head has none.
     */
    default Optional<String> frozenPooler() {
        return Optional.empty();
    }

    /** The class of transformers that is its language model, for families that predict next tokens. */
    default Optional<String> languageModel() {
        return Optional.empty();
    }

    /** The tokenizer's class in transformers, where no file names one; empty for one that takes {@code tokenizer.json} as it is. */
    default Optional<String> tokenizerClass() {
        return Optional.empty();
    }

    /** Whether transformers uses {@link #tokenizerClass} even if a file names another class. */
    default boolean isTokenizerClassFixed() {
        return false;
    }

    /** The file of a WordPiece vocabulary that can stand in for {@code tokenizer.json}, if there is one. */
    default Optional<String> wordPieceFile() {
        return Optional.empty();
    }
}
