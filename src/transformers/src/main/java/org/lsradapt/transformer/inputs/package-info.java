/** What a model reads: token sequences, masked texts and images, the tokenizer that makes them, and batches of them. */
package org.lsradapt.transformer.inputs;
