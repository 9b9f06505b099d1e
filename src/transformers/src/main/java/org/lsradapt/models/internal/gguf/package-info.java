/**
 * What GGUF files say, in the words of Hugging Face, and the other way: configuration, places and form of tensors, tokenizer.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.gguf;
