/**
 * The front door of the library: it turns a base model and texts or images into a trained model, with predictions and a
 * folder to load it from.
 *
 * <p>{@link org.lsradapt.tasks.classification.TextClassifier}, {@link org.lsradapt.tasks.classification.TextRegressor},
 * {@link org.lsradapt.tasks.generation.TextGenerator}, {@link org.lsradapt.tasks.embeddings.TextEmbedder},
 * {@link org.lsradapt.tasks.images.ImageClassifier} and {@link org.lsradapt.tasks.images.ImageTextEmbedder} are each trained with
 * {@code on(model)}, saved with {@code save(folder)} and loaded with {@code load(folder)}; the command line does the same through
 * this package. {@link org.lsradapt.tasks.classification.Ensemble} averages the answers of several. The defaults that were measured
 * (docs/guides/training.md) are those of {@link org.lsradapt.finetuning.FineTuning}.
 */
package org.lsradapt.finetuning;
