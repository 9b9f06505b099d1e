package org.lsradapt.finetuning;

import java.util.Optional;
import org.lsradapt.objectives.heads.SequenceHead;
import org.lsradapt.serving.MultiAdapterModel;

/** The source of a model's outputs. */
public sealed interface HeadSource {

    /** A head of the model, which closes it. */
    record Own(SequenceHead head) implements HeadSource {}

    /**
     * An adapter, with or without a head, of a model with many.
     *
     * @param model the model with many adapters; kept, not closed
     */
    record Served(MultiAdapterModel model, String name) implements HeadSource {}

    /** Returns the model's head; empty if it is served. */
    default Optional<SequenceHead> own() {
        return this instanceof Own own ? Optional.of(own.head) : Optional.empty();
    }

    /** Returns the adapter that serves the outputs; empty with a head of the model. */
    default Optional<Served> served() {
        return this instanceof Served served ? Optional.of(served) : Optional.empty();
    }
}
