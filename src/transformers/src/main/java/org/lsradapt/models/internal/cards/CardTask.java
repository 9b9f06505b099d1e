package org.lsradapt.models.internal.cards;

import java.util.Optional;

/** A model's task, in the terms of Hugging Face's hub. */
public enum CardTask {
    /** A class for each text. */
    CLASSES("text-classification", "AutoModelForSequenceClassification", "chooses a class for each text", "predict"),
    /** Any number of labels for each text. */
    LABELS(
            "text-classification",
            "AutoModelForSequenceClassification",
            "chooses any number of labels for each text",
            "predict"),
    /** A number for each text. */
    VALUE("text-classification", "AutoModelForSequenceClassification", "gives each text a number", "predict"),
    /** A score of how well a passage answers a query. */
    RANKING(
            "text-ranking",
            "AutoModelForSequenceClassification",
            "scores how well a passage answers a query",
            "rerank"),
    /** A class for each word. */
    WORDS("token-classification", "AutoModelForTokenClassification", "chooses a class for each word", "predict"),
    /** Answers in passages. */
    ANSWERS("question-answering", "AutoModelForQuestionAnswering", "finds answers in passages", "predict"),
    /** The next token. */
    TEXT("text-generation", "AutoModelForCausalLM", "continues texts", "generate"),
    /** A vector for each text. */
    EMBEDDINGS("feature-extraction", "AutoModel", "makes embeddings of texts", "embed"),
    /** A class for each image. */
    IMAGES("image-classification", "AutoModelForImageClassification", "chooses a class for each image", "predict"),
    /** Vectors of images and texts. */
    TOWERS("zero-shot-image-classification", "AutoModel", "makes embeddings of images and texts", "zero-shot"),
    /** Hidden states, for any head. */
    STATES("", "AutoModel", "is an encoder without a head", "");

    private final String pipeline;
    private final String autoClass;
    private final String does;
    private final String command;

    CardTask(String pipeline, String autoClass, String does, String command) {
        this.pipeline = pipeline;
        this.autoClass = autoClass;
        this.does = does;
        this.command = command;
    }

    /** The hub's name of the task, used in searches; empty if there is none. */
    public Optional<String> pipeline() {
        return Optional.of(pipeline).filter(name -> !name.isEmpty());
    }

    /** The class of transformers that loads such a model. */
    public String autoClass() {
        return autoClass;
    }

    /** The task in words that follow the model's name. */
    public String does() {
        return does;
    }

    /** The command of this library that uses a whole model; empty if there is none. */
    public Optional<String> command() {
        return Optional.of(command).filter(name -> !name.isEmpty());
    }

    /** The class of transformers that prepares the inputs. */
    public String inputClass() {
        return switch (this) {
            case IMAGES -> "AutoImageProcessor";
            case TOWERS -> "AutoProcessor";
            default -> "AutoTokenizer";
        };
    }
}
