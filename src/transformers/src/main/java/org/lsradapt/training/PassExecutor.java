package org.lsradapt.training;

import java.util.List;
import org.lsradapt.objectives.AdaptedModel;
import org.lsradapt.transformer.ModelInput;
import org.lsradapt.transformer.PassFactory;

/**
 * Where passes through models are computed, those of a training and those of predictions: in this process ({@link #LOCAL}), or elsewhere by copies of the
 * model. Batches, optimizer, schedule, evaluation and checkpoints are {@link Trainer}'s either way.
 */
public interface PassExecutor {

    /** In this process, on all its cores. */
    PassExecutor LOCAL = new LocalPasses();

    /**
     * Says that a training begins, before its first step, so that what cannot be computed is refused then.
     *
     * @param model what is trained
     * @param largest sequences that are read at once and have no fewer tokens than those of any step
     * @param evaluated the same of its evaluations; empty if they say nothing of it
     * @throws IllegalArgumentException if the model or its adapters have a part that cannot be computed there
     * @throws IllegalStateException if there is too little memory
     */
    void begins(AdaptedModel model, List<ModelInput> largest, List<ModelInput> evaluated);

    /**
     * Fills the gradients of the model's trainable parameters with those of the mean loss of a step.
     *
     * @param model what is trained, with its parameters as they are now: the model of the training, or one with the same
     *     head and without adapters where the head is trained first
     * @param step what it reads
     * @return the mean loss
     */
    double gradients(AdaptedModel model, TrainingStep step);

    /**
     * The model's outputs with its parameters as they are now.
     *
     * @param model what is evaluated
     * @param batches inputs, divided so that each part can be computed at once
     * @return one row per input, in their order
     */
    double[][] outputs(AdaptedModel model, List<List<ModelInput>> batches);

    /** Opens passes for predictions, embeddings and generation. */
    PassFactory inference();

    /**
     * Describes what the rounding of sums depends on. A training that goes on from a checkpoint warns if it is another.
     */
    String arithmetic();
}
