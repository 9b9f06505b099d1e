/**
 * The check of a table's data before a training, cross-validation, and the search for a learning rate and a number of epochs.
 *
 * <p>{@link org.lsradapt.finetuning.TrainingTask} trains and measures; none of this package knows a task.
 */
package org.lsradapt.finetuning.validation;
