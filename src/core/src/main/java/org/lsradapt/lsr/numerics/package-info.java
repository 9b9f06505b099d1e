/**
 * The separated representation as a numerical object: its condition number and what that means for a precision, the
 * nearest sum of fewer terms for two factors and alternating least squares for more, the splits of a matrix compared,
 * the spectrum of an update, a monitor for training, and what is made of trained adapters: fewer terms, fewer bits,
 * Kronecker sums out of LoRA, weighted sums.
 *
 * <p>Depends on {@link org.lsradapt.lsr}, {@link org.lsradapt.lsr.backend} and {@link org.lsradapt.lsr.internal} only.
 * Small linear algebra is done on plain double arrays, decompositions by LAPACK through ND4J.
 */
package org.lsradapt.lsr.numerics;
