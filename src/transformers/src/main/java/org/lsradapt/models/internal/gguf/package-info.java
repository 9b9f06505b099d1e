/**
 * Converts between GGUF metadata and Hugging Face's files: configuration, places and form of tensors, tokenizer.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.gguf;
