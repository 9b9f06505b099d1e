package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.transformer.inputs.WordReading;
import org.lsradapt.transformer.parts.Head;
import org.lsradapt.transformer.parts.Transformer;

/**
 * The task for which an adapter or a head was trained: the meaning of the model's outputs. Each kind of task is a record that answers
 * the questions of files, cards and models; {@link StoredTasks} registers the kinds.
 */
public sealed interface TaskDescription
        permits ClassificationDescription,
                MultiLabelDescription,
                OrdinalDescription,
                RegressionDescription,
                RerankingDescription,
                TokensDescription,
                SpansDescription,
                TextDescription,
                MaskedDescription,
                EmbeddingDescription,
                ImageTextDescription {
    /** The placeholder of a class's name in a template. */
    String PLACE = "{}";

    /** PEFT's task type of a base model by itself. */
    String FEATURES = "FEATURE_EXTRACTION";

    /** The task's name. */
    String name();

    /** The name of the task's kind in files. */
    String kind();

    /** The task in a few words, such as {@code 3 classes}. */
    String summary();

    /** The names of the classes in the order of the outputs; empty if there are none. */
    default List<String> labels() {
        return List.of();
    }

    /**
     * The temperatures by which the head's logits are divided already, so that probabilities agree with shares: one, or one per label.
     * Empty if the probabilities are not calibrated.
     */
    default List<Double> temperatures() {
        return List.of();
    }

    /** The least probability of a class that is answered; below it, a classifier gives no class. Empty if all inputs are answered. */
    default OptionalDouble leastProbability() {
        return OptionalDouble.empty();
    }

    /** Whether an input is a pair of texts. */
    default boolean pairs() {
        return false;
    }

    /** The number of the head's outputs; 0 without a head. */
    default int outputs() {
        return 0;
    }

    /** Whether the adapter has a head. */
    default boolean hasHead() {
        return outputs() > 0;
    }

    /** How the head reads hidden states. */
    default Head head(Family family, Transformer model) {
        return model.head();
    }

    /** Whether the head has outputs for each token, not for the whole input. */
    default boolean readsEachToken() {
        return false;
    }

    /** The names of the parameters that a head may have in a family's Hugging Face class. */
    default List<String> headParameters(Family family) {
        return family.headParameters();
    }

    /** Whether the adapter is for a model with a tower for images and one for texts. */
    default boolean hasTowers() {
        return false;
    }

    /** Whether the outputs are vectors, whose settings the adapter's card has. */
    default boolean embeds() {
        return false;
    }

    /** Whether the outputs are next tokens. */
    default boolean generates() {
        return false;
    }

    /**
     * Whether the task uses the hidden states of encoders directly, so that it does not depend on a pooler or an output matrix of the
     * base model.
     */
    default boolean usesHiddenStates() {
        return false;
    }

    /** Whether outputs of several models can be averaged: numbers as they are, scores of classes as probabilities. */
    default boolean averages() {
        return false;
    }

    /** The fields of the task in {@code adapter_config.json}, in order. */
    default Map<String, Object> fields() {
        return Descriptions.fields(this);
    }

    /** The fields of a whole model's Hugging Face {@code config.json} that describe its head. */
    default Map<String, Object> hubFields() {
        return Map.of();
    }

    /** The class in transformers of a whole model. */
    default String architecture(Family family) {
        return family.sequenceClassifier();
    }

    /** The names of a head's outputs in ONNX, where each output is an array of its own; otherwise empty. */
    default List<String> outputNames() {
        return List.of();
    }

    /**
     * The task in the terms of Hugging Face's hub.
     *
     * @param ofImages whether the model reads images
     */
    HubTask onHub(boolean ofImages);

    /** PEFT's task type; empty if PEFT has none. */
    default Optional<String> peftType() {
        return Optional.of("SEQ_CLS");
    }

    /**
     * The objective of further training.
     *
     * @throws IllegalStateException if the task has no head
     */
    default Objective objective(SequenceHead head, Backend backend) {
        throw new IllegalStateException("task " + name() + ": " + kind() + " has no head");
    }

    /**
     * Reads the task of an {@code adapter_config.json}.
     *
     * @throws IOException if a field is missing, unknown or does not fit the kind; the message names the field
     */
    static TaskDescription read(JsonFields fields) throws IOException {
        return StoredTasks.read(fields);
    }

    /** The task of a whole model's head; empty if this library has no such task. */
    static Optional<TaskDescription> of(HubHead head) throws IOException {
        return StoredTasks.of(head);
    }

    /** The fields of a whole model's {@code config.json} by which this library describes heads beyond those of transformers. */
    static List<String> ownHubFields() {
        return StoredTasks.fieldsOfHeads();
    }

    /**
     * Describes the choice of one class.
     *
     * @param labels the names of the classes in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    static ClassificationDescription classification(String name, List<String> labels, boolean pairs) {
        return new ClassificationDescription(name, labels, pairs);
    }

    /**
     * Describes the choice of any number of labels.
     *
     * @param labels the labels in the order of the outputs, at least two
     * @param pairs whether an input is a pair of texts
     * @param thresholds the lowest probability at which each label counts, above 0 and not above 1
     * @throws IllegalArgumentException if there are fewer than two labels, or the number of thresholds differs
     */
    static MultiLabelDescription multiLabel(String name, List<String> labels, boolean pairs, List<Double> thresholds) {
        return new MultiLabelDescription(name, labels, pairs, thresholds);
    }

    /** Describes the choice of any number of labels with thresholds of 0.5. */
    static MultiLabelDescription multiLabel(String name, List<String> labels, boolean pairs) {
        return multiLabel(name, labels, pairs, Collections.nCopies(labels.size(), MultiLabelDescription.USUAL));
    }

    /** Describes the prediction of a value from a text or a pair of texts. */
    static RegressionDescription regression(String name, boolean pairs) {
        return new RegressionDescription(name, pairs);
    }

    /** Describes the scoring of pairs of a query and a passage. */
    static RerankingDescription reranking(String name) {
        return new RerankingDescription(name);
    }

    /**
     * Describes the choice of a class for each word.
     *
     * @param labels the names of the classes in the order of the outputs, at least two
     * @param words how words become tokens
     * @throws IllegalArgumentException if there are fewer than two labels
     */
    static TokensDescription tokens(String name, List<String> labels, WordReading words) {
        return new TokensDescription(name, labels, words);
    }

    /** Describes the choice of a class for each word, with words joined by single spaces. */
    static TokensDescription tokens(String name, List<String> labels) {
        return tokens(name, labels, WordReading.JOINED);
    }

    /**
     * Describes the search for answers in passages.
     *
     * @param noAnswerThreshold the margin by which the score of no answer has to exceed the best answer's; empty if there is always an
     *     answer
     */
    static SpansDescription spans(String name, OptionalDouble noAnswerThreshold) {
        return new SpansDescription(name, noAnswerThreshold);
    }

    /** Describes the prediction of next tokens. */
    static TextDescription text(String name) {
        return new TextDescription(name);
    }

    /** Describes the prediction of hidden tokens. */
    static MaskedDescription masked(String name) {
        return new MaskedDescription(name);
    }

    /** Describes embeddings of texts. */
    static EmbeddingDescription embedding(String name) {
        return new EmbeddingDescription(name);
    }

    /** Describes embeddings of images and texts in one space. */
    static ImageTextDescription imageText(String name) {
        return new ImageTextDescription(name, List.of(), Optional.empty());
    }

    /**
     * Describes embeddings of images and of the texts that name their classes.
     *
     * @param labels the names of the classes, at least two
     * @param template a text in which {@value #PLACE} stands for the name of a class
     * @throws IllegalArgumentException if there are fewer labels, or the template has no placeholder
     */
    static ImageTextDescription imageText(String name, List<String> labels, String template) {
        return new ImageTextDescription(name, labels, Optional.of(template));
    }
}
