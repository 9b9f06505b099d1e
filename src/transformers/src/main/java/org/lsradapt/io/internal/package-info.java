/**
 * The shared parts of the readers and writers of files: bytes of arrays, types of elements, small JSON files ({@link
 * org.lsradapt.io.internal.JsonFile}) and YAML ones, and {@link org.lsradapt.io.internal.AtomicFile}, which replaces a
 * file as a whole or not at all.
 *
 * <p>Not for use outside of this library. May depend on the JDK, ND4J, Jackson, {@code lsr.internal} and {@code lsr.storage}.
 */
package org.lsradapt.io.internal;
