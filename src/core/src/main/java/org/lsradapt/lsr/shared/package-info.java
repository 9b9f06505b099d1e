/**
 * LSR whose Kronecker factors all layers of one size share: the layer is a dimension of the separated representation,
 * Σ_k g_k(l)·F_k ⊗ S_k, as rows and columns are. A layer has a coefficient per term.
 *
 * <p>Depends on {@code lsr}, {@code lsr.backend} and {@code lsr.internal}. A step builds the s terms once, and the
 * matrices of all layers by one product with the coefficients. Without a bottleneck rank, ΔW of each layer takes as much
 * memory as W, and each term too.
 */
package org.lsradapt.lsr.shared;
