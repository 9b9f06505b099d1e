package org.lsradapt.tasks.description;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.lsradapt.families.Family;
import org.lsradapt.io.JsonFields;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.Objective;
import org.lsradapt.objectives.heads.SequenceHead;
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
    default String summary() {
        return kind();
    }

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
        return hasTowers() ? 0 : labels().size();
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
        return usesHiddenStates() || hasTowers() ? family.baseClass() : family.sequenceClassifier();
    }

    /** The names of a head's outputs in ONNX, where each output is an array of its own; otherwise empty. */
    default List<String> outputNames() {
        return List.of();
    }

    /** The task in the terms of Hugging Face's hub, of a model that reads images or texts. */
    HubTask onHub(boolean ofImages);

    /** PEFT's task type; empty if PEFT has none. */
    default Optional<String> peftType() {
        return Optional.of(usesHiddenStates() ? FEATURES : "SEQ_CLS");
    }

    /** The objective of further training of a task with a head. */
    default Objective objective(SequenceHead head, Backend backend) {
        throw new IllegalStateException("task " + name() + ": " + kind() + " has no head");
    }

    /** Reads the task of an {@code adapter_config.json}; an exception names a field that is missing, unknown or does not fit the kind. */
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
}
