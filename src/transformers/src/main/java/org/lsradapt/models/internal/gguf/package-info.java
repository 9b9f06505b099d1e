/**
 * What a GGUF file of architecture {@code llama} says, in the words of Hugging Face: configuration, places of tensors, tokenizer.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.gguf;
