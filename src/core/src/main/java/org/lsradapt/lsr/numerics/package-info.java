/**
 * The numerics of the separated representation: the condition number and its consequences for a precision, the nearest
 * sum of fewer terms for two factors and alternating least squares for more, a comparison of the splits of a matrix,
 * the spectrum of an update, a monitor for training, and transformations of trained adapters: fewer terms, fewer bits,
 * Kronecker sums from LoRA.
 *
 * <p>Depends on {@link org.lsradapt.lsr}, {@link org.lsradapt.lsr.backend} and {@link org.lsradapt.lsr.internal} only.
 * Small linear algebra is done on plain double arrays, decompositions by LAPACK through ND4J.
 */
package org.lsradapt.lsr.numerics;
