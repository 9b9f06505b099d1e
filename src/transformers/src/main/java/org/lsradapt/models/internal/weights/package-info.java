/**
 * A model's weights out of any tensor file, under the model's names, and the checksum of them.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.models.internal.weights;
