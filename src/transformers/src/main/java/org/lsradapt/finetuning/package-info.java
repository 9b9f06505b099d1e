/**
 * The skeleton of every task: training, saving, loading and prediction.
 *
 * <p>{@link org.lsradapt.finetuning.FineTuning} trains what a {@link org.lsradapt.finetuning.Lesson} says is to be learned, and makes a
 * {@link org.lsradapt.finetuning.FineTunedModel}. Programs that treat all tasks alike find them by
 * {@link org.lsradapt.finetuning.TaskModule}: a {@link org.lsradapt.finetuning.TaskType} reads the data of a
 * {@link org.lsradapt.finetuning.TrainingTask}, and a model's {@link org.lsradapt.finetuning.Predictor} has its answers. The tasks are in the
 * packages {@code org.lsradapt.tasks}; this package knows none of them. The measured defaults (docs/guides/training.md) are in
 * {@link org.lsradapt.finetuning.TrainingDefaults}.
 */
package org.lsradapt.finetuning;
