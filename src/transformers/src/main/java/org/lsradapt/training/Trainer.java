package org.lsradapt.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.internal.Require;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;

/**
 * Trains a model: shuffled batches, AdamW with linear warm-up and decay, gradient clipping. Evaluates at the end of each epoch or at
 * an interval of steps, and keeps the best evaluation's parameters. Optionally stops early, adds up the gradients of several batches per step,
 * keeps the adapters in a low precision, and monitors their condition.
 *
 * <p>The order of the examples depends on the seed only, so that compared methods see the same batches. Batches are packed without
 * padding (see {@link org.lsradapt.transformer.TokenBatch}), so examples are not sorted by length.
 *
 * @param model the model, whose trainable parameters are updated
 * @param listener receives the progress
 * @param passes computes gradients, here or elsewhere
 * @param goesOn whether the adapters are already trained, so that the head's first steps use their output
 */
public record Trainer(
        AdaptedModel model, TrainingConfig config, TrainingListener listener, PassExecutor passes, boolean goesOn) {

    /** Creates a trainer that does not report its progress. */
    public Trainer(AdaptedModel model, TrainingConfig config) {
        this(model, config, TrainingListener.SILENT);
    }

    /** Creates a trainer in this process. */
    public Trainer(AdaptedModel model, TrainingConfig config, TrainingListener listener) {
        this(model, config, listener, PassExecutor.LOCAL);
    }

    /** Creates a trainer of fresh adapters. */
    public Trainer(AdaptedModel model, TrainingConfig config, TrainingListener listener, PassExecutor passes) {
        this(model, config, listener, passes, false);
    }

    /**
     * Trains the model and leaves it with the parameters of the best evaluation by {@link Evaluation#compare}. Of several equal ones, the
     * one with the lowest training loss wins; the evaluation of the head alone, before the first epoch, wins only if no other equals it.
     *
     * @param train training examples, or pairs of texts for embeddings, at least one
     * @param evaluation measures the model
     * @return losses, metrics and times
     * @throws IllegalArgumentException if there are no examples; if the model's objective cannot use one, because a label is missing or
     *     out of range or a sequence has no token to predict; or if one has more tokens than a batch may
     * @throws DivergedException if the loss, a gradient or a metric is no longer finite
     */
    public TrainingResult run(List<TrainingExample> train, Evaluation evaluation) {
        try {
            return run(train, evaluation, Optional.empty());
        } catch (IOException e) {
            throw new UncheckedIOException("training without checkpoints reads and writes no file", e);
        }
    }

    /**
     * Like {@link #run(List, Evaluation)}, with the state in a folder: resumes an interrupted run of the same training, with a
     * bit-identical result; see {@link Checkpoints}.
     *
     * @param train the same training examples as in the interrupted run, in the same order
     * @param evaluation measures the model; its {@link Evaluation#evaluated} is compared
     * @param checkpoints the place of the state
     * @return losses, metrics and times, including those before the interruption
     * @throws IOException if a checkpoint belongs to another training, all are damaged, or one cannot be written; the last one written
     *     remains
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
            prepare(model);
            return new TrainingRun(this, train, evaluation, checkpoints).run();
        } finally {
            model.dropout(0, 0);
            model.checkpointing(false);
            model.chunkSize(0);
        }
    }

    void prepare(AdaptedModel trained) {
        trained.dropout(config.dropout(), config.seed());
        trained.checkpointing(config.checkpointing());
        trained.chunkSize(config.chunkSize());
    }
}
