/**
 * Tokenizers: an adapter of Hugging Face's library, the code that applies a {@code tokenizer_config.json} to a
 * {@code tokenizer.json}, and the checks of such a file before native code reads it.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.tokenizers;
