/**
 * The parts of a transformer, as data: a model family is a {@link org.lsradapt.transformer.parts.Transformer}
 * composed of the records here, and {@link org.lsradapt.transformer} runs any such composition.
 *
 * <p>The records hold names, shapes and switches, no arrays.
 * {@link org.lsradapt.transformer.parts.Transformer#tensors()} lists every tensor of a model once, in a fixed order;
 * loading, the list of linear layers, adapter names, fingerprints and merging all read that list.
 *
 * <p>Names are Hugging Face's without the prefix of the model inside a larger one:
 * {@code encoder.layer.0.output.dense}, not {@code bert.encoder.layer.0.output.dense}. Weights of linear layers are
 * [in, out], tables [rows, width].
 *
 * <p>Depends only on the JDK.
 */
package org.lsradapt.transformer.parts;
