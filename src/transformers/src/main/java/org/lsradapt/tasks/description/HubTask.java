package org.lsradapt.tasks.description;

import java.util.List;
import java.util.Optional;

/**
 * A task in the terms of Hugging Face's hub, for model cards.
 *
 * @param pipeline the hub's name of the task, used in searches; empty if there is none
 * @param autoClass the class of transformers that loads such a model
 * @param inputClass the class of transformers that prepares the inputs
 * @param does the task in words that follow the model's name
 * @param command the command of this library that uses a whole model; empty if there is none
 * @param loading further arguments of the class that loads the base model, after its name
 * @param sentences how sentence-transformers uses a whole model; empty if only transformers does
 */
public record HubTask(
        Optional<String> pipeline,
        String autoClass,
        String inputClass,
        String does,
        Optional<String> command,
        String loading,
        Optional<Sentences> sentences) {

    /** Hidden states for any head. */
    public static final HubTask STATES = new HubTask(
            Optional.empty(),
            "AutoModel",
            "AutoTokenizer",
            "is an encoder without a head",
            Optional.empty(),
            "",
            Optional.empty());

    /**
     * The use of a model in sentence-transformers.
     *
     * @param call a line of Python that uses {@code model}
     */
    public record Sentences(String modelClass, List<String> tags, String call) {}

    static HubTask of(String pipeline, String autoClass, String does, String command) {
        return new HubTask(
                Optional.of(pipeline), autoClass, "AutoTokenizer", does, Optional.of(command), "", Optional.empty());
    }

    HubTask preparedBy(String other) {
        return new HubTask(pipeline, autoClass, other, does, command, loading, sentences);
    }

    HubTask loadedWith(String arguments) {
        return new HubTask(pipeline, autoClass, inputClass, does, command, arguments, sentences);
    }

    HubTask in(Sentences library) {
        return new HubTask(pipeline, autoClass, inputClass, does, command, loading, Optional.of(library));
    }

    /** A model with outputs for each text, which {@code predict} uses. */
    static HubTask classifier(String does) {
        return of("text-classification", "AutoModelForSequenceClassification", does, "predict");
    }
}
