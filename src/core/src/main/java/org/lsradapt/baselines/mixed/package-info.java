/**
 * Kronecker products of different splits in one sum, ΔW = c·Σ_k F_k ⊗ S_k with the widths of F_k and S_k each term's own, which no sum of
 * one split of that size equals.
 *
 * <p>Depends on {@code lsr} and {@link org.lsradapt.baselines}. ΔW is materialized, and takes memory as W does.
 */
package org.lsradapt.baselines.mixed;
