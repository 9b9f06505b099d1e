/**
 * A model's weights from any tensor file, with the model's names, and their checksum.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.weights;
