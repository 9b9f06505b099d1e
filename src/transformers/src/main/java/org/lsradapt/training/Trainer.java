package org.lsradapt.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
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
 *
 * @param model the model, whose trainable parameters are changed
 * @param config how to train
 * @param listener told of the progress
 * @param passes computes gradients, here or elsewhere
 * @param goesOn whether the adapters were trained before, so that the first steps of the head alone read what they make of inputs
 */
public record Trainer(
        AdaptedModel model, TrainingConfig config, TrainingListener listener, PassExecutor passes, boolean goesOn) {

    /** A trainer that tells nobody of its progress. */
    public Trainer(AdaptedModel model, TrainingConfig config) {
        this(model, config, TrainingListener.SILENT);
    }

    /** A trainer in this process. */
    public Trainer(AdaptedModel model, TrainingConfig config, TrainingListener listener) {
        this(model, config, listener, PassExecutor.LOCAL);
    }

    /** A trainer of fresh adapters. */
    public Trainer(AdaptedModel model, TrainingConfig config, TrainingListener listener, PassExecutor passes) {
        this(model, config, listener, passes, false);
    }

    /**
     * Trains; the model then has the parameters of the best evaluation by {@link Evaluation#compare}. Of several that are
     * equal, it is the one with the lowest training loss, but that of the head alone before the first epoch only if none
     * equals it.
     *
     * @param train training examples, or pairs of texts for embeddings, at least one
     * @param evaluation what the model is measured by
     * @return losses, metrics and times
     * @throws IllegalArgumentException if there are no examples, or the model's objective has no use for one: a label
     *     is missing or out of range, or a sequence has no token to predict; or if one has more tokens than a batch may
     * @throws DivergedException if the loss, a gradient or a metric stops being finite
     */
    public TrainingResult run(List<TrainingExample> train, Evaluation evaluation) {
        try {
            return run(train, evaluation, Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException("training without checkpoints reads and writes no file", e);
        }
    }

    /**
     * As {@link #run(List, Evaluation)}, with its state in a folder: where an earlier run of the same training was cut
     * short, this one goes on, to the bit; see {@link Checkpoints}.
     *
     * @param train training examples as they were, in the same order
     * @param evaluation what the model is measured by; its {@link Evaluation#evaluated} is compared
     * @param checkpoints where the state is
     * @return losses, metrics and times, those before the interruption among them
     * @throws IOException if a checkpoint is of another training or none is whole; or if one cannot be written, when the
     *     last that was is still there
     */
    public TrainingResult run(List<TrainingExample> train, Evaluation evaluation, Checkpoints checkpoints)
            throws IOException {
        return run(train, evaluation, Optional.of(checkpoints));
    }

    private TrainingResult run(List<TrainingExample> train, Evaluation evaluation, Optional<Checkpoints> checkpoints)
            throws IOException {
        Require.argument(!train.isEmpty(), "training: no training examples, expected at least one");
        Require.argument(
                config.labelSmoothing() == model.objective().labelSmoothing(),
                "label smoothing is %s, but the objective (%s) has %s; expected an objective of classes, tokens or next tokens that was"
                        + " made with the same",
                config.labelSmoothing(),
                model.objective().settings().get("loss"),
                model.objective().labelSmoothing());
        for (int i = 0; i < train.size(); i++) {
            double weight = TrainingRun.weight(model, train.subList(i, i + 1), 1);
            Require.argument(weight > 0, "training: example %d has no token to predict, expected at least one", i);
        }
        try (Backend.Pass pass = model.openPass()) {
            model.dropout(config.dropout(), config.seed());
            model.checkpointing(config.checkpointing());
            model.chunkSize(config.chunkSize());
            return new TrainingRun(this, train, evaluation, checkpoints).run();
        } finally {
            model.dropout(0, 0);
            model.checkpointing(false);
            model.chunkSize(0);
        }
    }
}
