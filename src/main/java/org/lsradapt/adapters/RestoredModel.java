package org.lsradapt.adapters;

import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.objectives.Loss;
import org.lsradapt.objectives.SequenceHead;
import org.lsradapt.objectives.SequenceObjective;
import org.lsradapt.transformer.TokenSequence;
import org.lsradapt.transformer.TransformerWeights;

/**
 * A base model with a saved adapter and head. It owns both, not the base model's weights. For one thread at a time.
 */
public final class RestoredModel implements AutoCloseable {

    private final TransformerWeights weights;
    private final TaskDescription task;
    private final Backend backend;
    private final Optional<AdapterSet> adapters;
    private final SequenceHead head;
    private final AdaptedModel model;

    /** Takes over adapters and head. */
    RestoredModel(
            TransformerWeights weights,
            Optional<AdapterSet> adapters,
            SequenceHead head,
            TaskDescription task,
            Backend backend) {
        this.weights = weights;
        this.task = task;
        this.backend = backend;
        this.adapters = adapters;
        this.head = head;
        Loss loss = task.isRegression() ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
        model = new AdaptedModel(weights, adapters, SequenceObjective.of(head, loss, backend), backend);
    }

    /**
     * The same base model and head with other adapters.
     *
     * @param others adapters of the same base model; taken over, closed with the new model
     * @return a model with a copy of the head, which the caller closes
     */
    public RestoredModel withAdapters(AdapterSet others) {
        SequenceHead copy = new SequenceHead(weights, task.outputs(), 0);
        copy.values().assign(head.values());
        return new RestoredModel(weights, Optional.of(others), copy, task, backend);
    }

    /** The model, to use or to train further. */
    public AdaptedModel model() {
        return model;
    }

    /** The adapters; empty if the head alone was trained. */
    public Optional<AdapterSet> adapters() {
        return adapters;
    }

    /** The head. */
    public SequenceHead head() {
        return head;
    }

    /**
     * Class scores (logits), or the regression value.
     *
     * @param sequences one batch, at least one
     * @return one row per sequence
     */
    public double[][] predict(List<TokenSequence> sequences) {
        return model.predict(sequences);
    }

    @Override
    public void close() {
        model.close();
        head.close();
        adapters.ifPresent(AdapterSet::close);
    }
}
