/**
 * The front door: from a base model and texts to a trained model, its predictions, and a folder to load it from again.
 *
 * <p>{@link org.lsradapt.text.TextClassifier}, {@link org.lsradapt.text.TextRegressor},
 * {@link org.lsradapt.text.TextGenerator} and {@link org.lsradapt.text.TextEmbedder} are each trained with
 * {@code on(model)}, saved with {@code save(folder)} and loaded with {@code load(folder)}; the command line does the same
 * through this package. The defaults that were measured (docs/training.md) are those of
 * {@link org.lsradapt.text.TextTraining}.
 */
package org.lsradapt.text;
