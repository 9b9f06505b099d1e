/**
 * File formats, without the meaning of the tensors in them.
 *
 * <p>Holds readers of safetensors files (single and sharded) and of GGUF files behind
 * {@link org.lsradapt.io.TensorSource}, a writer of safetensors, and {@link org.lsradapt.io.JsonFields}, which reads a JSON
 * object and reports its errors. {@link org.lsradapt.io.internal} has their shared parts,
 * {@link org.lsradapt.io.internal.frameworks} the readers of ONNX and TensorFlow files.
 *
 * <p>May depend on the JDK, ND4J, Jackson, {@code lsr.internal} and {@code lsr.storage}, which has the formats of
 * quantized weights. It has no encoder, no adapter and no naming scheme: tensors keep the names and the orientation of
 * their file.
 *
 * <p>Limits: every reader checks the whole structure of a file when it opens it and before it allocates for a tensor; a
 * reader refuses anything else with an {@link java.io.IOException} that names the file, the tensor and the place. Files
 * are trusted not to change while they are open. Byte order is little-endian throughout, as on the platforms of ND4J.
 */
package org.lsradapt.io;
