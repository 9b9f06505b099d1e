package org.lsradapt.families;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.io.JsonFields;
import org.lsradapt.transformer.parts.Linear;
import org.lsradapt.transformer.parts.Transformer;

/** A family of models with two towers, which embed texts and images in one space. Immutable. */
public interface DualFamily {

    /**
     * One of the two towers.
     *
     * @param model the tower's model, under names that distinguish the towers; its head says which row becomes the
     *     embedding
     * @param projection from that row to the common space; empty if the row is in that space
     */
    record Tower(Transformer model, Optional<Linear> projection) {}

    /** The value of {@code model_type} in its {@code config.json}. */
    String modelType();

    /**
     * Returns the tower that reads texts.
     *
     * @throws IOException if a field is missing or malformed, or has a value that is not supported; the message names
     *     it
     */
    Tower texts(JsonFields config) throws IOException;

    /** Returns the tower that reads images; see {@link #texts}. */
    Tower images(JsonFields config) throws IOException;

    /**
     * Returns the configuration's part of the fingerprint, for models with the same tensors.
     *
     * @return a text that is the same for configurations with the same computation
     * @throws IOException as {@link #texts}
     */
    String signature(JsonFields config) throws IOException;

    /** Returns the fields that describe the towers. */
    List<JsonFields> sections(JsonFields config) throws IOException;

    /** Prefixes of layer names that do not occur in families with one tower. */
    List<String> beginnings();

    /** The class of transformers with both towers. */
    String className();

    /** The tensor whose exponential is the factor of cosines. */
    String logitScale();

    /**
     * The tensor that is added to the scaled cosines if each pair of an image and a text is judged by itself; empty for
     * a softmax.
     */
    default Optional<String> logitBias() {
        return Optional.empty();
    }

    /** Whether texts are padded to the maximal length, and the model reads the padding. */
    default boolean padsTexts() {
        return false;
    }

    /** The tokenizer's class; see {@link Family#tokenizerClass}. */
    default Optional<String> tokenizerClass() {
        return Optional.empty();
    }

    /** The class of transformers that processes its images. */
    String imageProcessor();
}
