/** Weights of a transformer as they are read, before a {@code TransformerWeights} is made of them. Not API. */
package org.lsradapt.transformer.internal.weights;
