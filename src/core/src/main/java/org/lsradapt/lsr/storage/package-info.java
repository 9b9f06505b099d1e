/**
 * The storage of a frozen weight's elements. {@link org.lsradapt.lsr.storage.WeightFormat} converts blocks of stored
 * elements to FLOAT and back, {@link org.lsradapt.lsr.storage.StoredMatrix} is a matrix of such rows in memory or in a
 * mapped file, {@link org.lsradapt.lsr.storage.ByteLevels} is a matrix in bytes for inference. The backends do
 * arithmetic with them.
 *
 * <p>Depends only on {@code lsr.internal}.
 */
package org.lsradapt.lsr.storage;
