/**
 * Tokenizers: Hugging Face's library behind this one's interface, the settings of a {@code tokenizer_config.json} put into a
 * {@code tokenizer.json}, and what is looked at in such a file before native code reads it.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.tokenizers;
