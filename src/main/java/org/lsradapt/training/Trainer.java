package org.lsradapt.training;

import java.util.List;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;

/**
 * Trains a model: shuffled batches, AdamW with linear warm-up and decay, gradient clipping; evaluates at the end of
 * each epoch or every so many steps, stops early on request, and keeps the best evaluation's parameters. On request,
 * adds up the gradients of several batches per step, keeps the adapters in a low precision, and watches their
 * condition.
 *
 * <p>The order of the examples depends on the seed alone, so that methods that are compared see the same batches.
 * Batches are packed without padding (see {@link org.lsradapt.transformer.TokenBatch}), so examples need not be sorted
 * by length, and are not.
 */
public final class Trainer {
    private final AdaptedModel model;
    private final TrainingConfig config;
    private final TrainingListener listener;

    /**
     * A trainer that tells nobody of its progress.
     *
     * @param model the model, whose trainable parameters are changed
     * @param config how to train
     */
    public Trainer(AdaptedModel model, TrainingConfig config) {
        this(model, config, TrainingListener.SILENT);
    }

    /**
     * A trainer.
     *
     * @param model the model, whose trainable parameters are changed
     * @param config how to train
     * @param listener told of the progress
     */
    public Trainer(AdaptedModel model, TrainingConfig config, TrainingListener listener) {
        this.model = model;
        this.config = config;
        this.listener = listener;
    }

    /**
     * Trains; the model then has the parameters of the best evaluation, the first of them if several are equal.
     *
     * @param train training examples, or pairs of texts for embeddings, at least one
     * @param evaluation what the model is measured by
     * @return losses, metrics and times
     * @throws IllegalArgumentException if there are no examples, or the model's objective has no use for one: a label
     *     is missing or out of range, or a sequence has no token to predict; or if one has more tokens than a batch may
     * @throws DivergedException if the loss, a gradient or a metric stops being finite
     */
    public TrainingResult run(List<? extends TrainingItem> train, Evaluation evaluation) {
        Require.argument(!train.isEmpty(), "training: no training examples, expected at least one");
        for (int i = 0; i < train.size(); i++) {
            double weight = TrainingRun.weight(model, train.subList(i, i + 1));
            Require.argument(weight > 0, "training: example %d has no token to predict, expected at least one", i);
        }
        try (Backend.Pass pass = model.openPass()) {
            model.dropout(config.dropout(), config.seed());
            model.checkpointing(config.checkpointing());
            model.chunkSize(config.chunkSize());
            return new TrainingRun(model, config, listener, train, evaluation).run();
        } finally {
            model.dropout(0, 0);
            model.checkpointing(false);
            model.chunkSize(0);
        }
    }
}
