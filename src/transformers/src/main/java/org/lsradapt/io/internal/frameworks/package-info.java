/**
 * Other frameworks' files: the initializers of an ONNX model, which can be replaced in a copy of it, and TensorFlow
 * checkpoint bundles, both behind {@link org.lsradapt.io.TensorSource}, and TensorBoard event files.
 *
 * <p>Not for use outside of this library. May depend on the JDK, ND4J, protobuf-java, {@link org.lsradapt.io} and
 * {@link org.lsradapt.io.internal}.
 */
package org.lsradapt.io.internal.frameworks;
