package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;

/** A family of models of two towers, which embed texts and images in one space. Immutable. */
public interface DualFamily {

    /**
     * One of the two.
     *
     * @param model what it is made of, under names that tell the towers apart; its head says which row is the embedding's
     * @param projection from that row to the common space; empty where that is the tower's own
     */
    record Tower(Transformer model, Optional<Linear> projection) {}

    /** The value of {@code model_type} in its {@code config.json}. */
    String modelType();

    /**
     * The tower that reads texts.
     *
     * @param config the fields of {@code config.json}
     * @throws IOException if a field is missing, malformed, or asks for what is not supported; the message names it
     */
    Tower texts(JsonFields config) throws IOException;

    /** As {@link #texts}, the tower that reads images. */
    Tower images(JsonFields config) throws IOException;

    /**
     * The configuration's part of the fingerprint, for models with the same tensors.
     *
     * @param config the fields of {@code config.json}
     * @return a text that is the same for configurations that compute the same
     * @throws IOException as {@link #texts}
     */
    String signature(JsonFields config) throws IOException;

    /**
     * The fields that describe the towers.
     *
     * @param config the fields of {@code config.json}
     * @throws IOException if there are none
     */
    List<JsonFields> sections(JsonFields config) throws IOException;

    /** Prefixes of layer names that no family with one tower has. */
    List<String> beginnings();

    /** The class of transformers that is both towers. */
    String className();

    /** The tensor whose exponential multiplies cosines. */
    String logitScale();

    /** The tensor that is added to those products, where each pair of an image and a text is judged by itself; empty for a softmax. */
    default Optional<String> logitBias() {
        return Optional.empty();
    }

    /** Whether texts are filled up to the most tokens, which the model reads with them. */
    default boolean fillsTexts() {
        return false;
    }

    /** As {@link Family#tokenizerClass}. */
    default Optional<String> tokenizerClass() {
        return Optional.empty();
    }

    /** The class of transformers that processes its images. */
    String imageProcessor();
}
