/**
 * Other frameworks' files: behind {@link org.lsradapt.io.TensorSource} the initializers of an ONNX model, which can be
 * replaced in a copy of it, TensorFlow checkpoint bundles, and TensorBoard event files.
 *
 * <p>Not for use outside of this library. May depend on the JDK, ND4J, protobuf-java, {@link org.lsradapt.io} and
 * {@link org.lsradapt.io.internal}.
 */
package org.lsradapt.io.internal.frameworks;
