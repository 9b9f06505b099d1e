/**
 * The artifacts that a feature needs and that a user of the library adds:
 * {@link org.lsradapt.artifacts.OptionalArtifact}.
 *
 * <p>Every package above the core may ask for one; knows the JDK alone.
 */
package org.lsradapt.artifacts;
