/**
 * Readers of other frameworks' files: the initializers of an ONNX model and TensorFlow checkpoint bundles, behind
 * {@link org.lsradapt.io.TensorSource}.
 *
 * <p>Not for use outside of this library. May depend on the JDK, ND4J, protobuf-java, {@link org.lsradapt.io} and
 * {@link org.lsradapt.io.internal}.
 */
package org.lsradapt.io.internal.frameworks;
