/**
 * File formats, and nothing about what the tensors in them mean.
 *
 * <p>Holds readers of safetensors files (single and sharded) and of GGUF files behind
 * {@link org.lsradapt.io.TensorSource}, a writer of safetensors, and {@link org.lsradapt.io.JsonFields}, which reads a JSON object and names what is wrong with it.
 * {@link org.lsradapt.io.internal} has what these share, {@link org.lsradapt.io.internal.frameworks} the readers of
 * ONNX and TensorFlow files.
 *
 * <p>May depend on the JDK, ND4J, Jackson, {@code lsr.internal} and {@code lsr.storage}, which has the formats of quantized weights. Knows no
 * encoder, no adapter and no naming scheme: tensors keep the names
 * and the orientation that their file gives them.
 *
 * <p>Limits: every reader checks the whole structure of a file when it opens it and before it allocates for a
 * tensor; what a reader cannot vouch for is refused with an {@link java.io.IOException} that names the file, the
 * tensor and the place. Files are trusted not to change while they are open. Byte order is little-endian
 * throughout, as are the platforms ND4J runs on.
 */
package org.lsradapt.io;
