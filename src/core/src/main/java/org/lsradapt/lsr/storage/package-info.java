/**
 * How the numbers of a frozen weight lie in memory: {@link org.lsradapt.lsr.storage.WeightFormat} turns blocks of
 * stored numbers into FLOAT and back, {@link org.lsradapt.lsr.storage.StoredMatrix} is a matrix of such rows in memory
 * or in a mapped file, {@link org.lsradapt.lsr.storage.ByteLevels} one in bytes for inference. Arithmetic with them is
 * the backends'.
 *
 * <p>Depends on {@code lsr.internal} alone.
 */
package org.lsradapt.lsr.storage;
