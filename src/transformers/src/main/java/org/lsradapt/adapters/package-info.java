/**
 * Trained adapters as folders: {@code adapter_config.json}, which says what the adapter is and for which base model
 * and task it was trained, and {@code adapter_model.safetensors}, its numbers. A classification or regression has a
 * head, a language model none; adapters of layers of any other model are saved alone, without base model and task.
 *
 * <p>In the tensor file, and only there, names carry PEFT's prefix {@code base_model.model.}. Kronecker factors keep
 * this library's orientation, [s, rows, cols]; the weights of the head are transposed to Hugging Face's, [out, in]. A
 * folder comes back to the bit, or, where factors are stored in fewer bits, as they were rounded.
 *
 * <p>The layers may be adapted by different kinds; each has an {@link org.lsradapt.adapters.AdapterFormat}, LSR's is
 * built in.
 *
 * <p>Every folder is checked as a whole when it is loaded, so that a truncated, altered or mixed-up one is refused: the
 * configuration holds length and CRC-32C of the tensor file, which holds the configuration's, and the fingerprint of the base
 * model.
 *
 * <p>May depend on {@link org.lsradapt.lsr}, {@link org.lsradapt.transformer}, {@link org.lsradapt.io} and Jackson's
 * tree model. docs/reference/format.md is the whole format. Limits: adapters are FLOAT in memory; the checksum guards against
 * damage, not against forgery.
 */
package org.lsradapt.adapters;
