/**
 * Sums of Kronecker products with different splits, ΔW = c·Σ_k F_k ⊗ S_k. Each term has its own widths of F_k and S_k;
 * no sum of the same size with a single split equals it.
 *
 * <p>Depends on {@code lsr} and {@link org.lsradapt.baselines}. ΔW is materialized and takes as much memory as W.
 */
package org.lsradapt.baselines.mixed;
