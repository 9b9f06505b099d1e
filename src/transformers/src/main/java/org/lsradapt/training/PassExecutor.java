package org.lsradapt.training;

import java.util.List;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.transformer.PassFactory;
import org.lsradapt.transformer.inputs.ModelInput;

/**
 * Computes passes through models, for training and for predictions: in this process ({@link #LOCAL}), or elsewhere with copies of the
 * model. In either case {@link Trainer} controls batches, optimizer, schedule, evaluation and checkpoints.
 */
public interface PassExecutor {

    /** Computes passes in this process, on all its cores. */
    PassExecutor LOCAL = new LocalPasses();

    /**
     * Announces a training before its first step, so that a model that cannot be computed is refused early.
     *
     * @param largest sequences that are read together, with at least as many tokens as any step
     * @param evaluated the same for the evaluations; empty if unknown
     * @throws IllegalArgumentException if this executor does not support a part of the model or its adapters
     * @throws IllegalStateException if there is too little memory
     */
    void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated);

    /**
     * Fills the gradients of the model's trainable parameters with those of the mean loss of a step.
     *
     * @param model the model with its current parameters: the model of the training, or, while the head is trained first, one with the
     *     same head and without adapters
     * @return the mean loss
     */
    double gradients(AdaptedModel model, TrainingStep step);

    /**
     * Computes the model's outputs with its current parameters.
     *
     * @param batches the inputs, divided into parts that can each be computed at once
     * @return one row per input, in order
     */
    double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches);

    /** Opens passes for predictions, embeddings and generation. */
    PassFactory inference();

    /** Describes the facts that determine how sums are rounded. A training that resumes from a checkpoint warns if they differ. */
    String arithmetic();
}
