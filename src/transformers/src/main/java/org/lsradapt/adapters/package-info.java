/**
 * Trained adapters as folders: {@code adapter_config.json} describes the adapter, its base model and its task, and
 * {@code adapter_model.safetensors} holds its numbers. A classification or regression has a head, a language model does not. Adapters of
 * layers of any other model are saved alone, without base model and task.
 *
 * <p>Only in the tensor file, names carry PEFT's prefix {@code base_model.model.}. Kronecker factors keep this library's orientation, [s,
 * rows, cols]; the weights of the head are transposed to Hugging Face's, [out, in]. A loaded folder has bit-identical numbers, or the
 * rounded numbers if factors are stored in fewer bits.
 *
 * <p>Layers may be adapted by different kinds; each kind has an {@link org.lsradapt.adapters.AdapterKind}, and LSR's is built in.
 *
 * <p>Loading checks the folder as a whole and refuses a truncated, altered or mixed-up one: the configuration holds the length and
 * CRC-32C of the tensor file, which holds the configuration's CRC-32C, and the fingerprint of the base model.
 *
 * <p>May depend on {@link org.lsradapt.lsr}, {@link org.lsradapt.transformer}, {@link org.lsradapt.io} and Jackson's tree model.
 * docs/reference/format.md describes the whole format. Limits: adapters are FLOAT in memory; the checksum protects against damage, not
 * against forgery.
 */
package org.lsradapt.adapters;
