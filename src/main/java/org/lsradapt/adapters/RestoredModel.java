package org.lsradapt.adapters;

import java.util.List;
import org.lsradapt.encoder.EncoderWeights;
import org.lsradapt.encoder.Loss;
import org.lsradapt.encoder.SequenceHead;
import org.lsradapt.encoder.SequenceModel;
import org.lsradapt.encoder.TokenSequence;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.backend.Backend;

/** A base model with a saved adapter and head. It owns both, not the encoder's weights. For one thread at a time. */
public final class RestoredModel implements AutoCloseable {

    private final EncoderWeights encoder;
    private final TaskDescription task;
    private final Backend backend;
    private final AdapterSet adapters;
    private final SequenceHead head;
    private final SequenceModel model;

    /** Takes adapters (null for none) and head over. */
    RestoredModel(
            EncoderWeights encoder, AdapterSet adapters, SequenceHead head, TaskDescription task, Backend backend) {
        this.encoder = encoder;
        this.task = task;
        this.backend = backend;
        this.adapters = adapters;
        this.head = head;
        Loss loss = task.isRegression() ? Loss.SQUARED_ERROR : Loss.CROSS_ENTROPY;
        model = new SequenceModel(encoder, adapters, head, loss, backend);
    }

    /**
     * The same base model and head with other adapters.
     *
     * @param others adapters of the same base model; taken over, closed with the new model
     * @return a model with a copy of the head, which the caller closes
     */
    public RestoredModel withAdapters(AdapterSet others) {
        SequenceHead copy = new SequenceHead(encoder, task.outputs(), backend, 0);
        copy.values().assign(head.values());
        return new RestoredModel(encoder, others, copy, task, backend);
    }

    /** The model, to use or to train further. */
    public SequenceModel model() {
        return model;
    }

    /** The adapters, or null if the head alone was trained. */
    public AdapterSet adapters() {
        return adapters;
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
        if (adapters != null) {
            adapters.close();
        }
    }
}
