/**
 * Kinds whose update is made of other kinds' updates.
 *
 * <p>HiRA (Huang et al., ICLR 2025): ΔW = W∘U, the frozen weight times the update U of another kind, element by element,
 * so that the rank of ΔW can be the rank of W times that of U. U is a product A·B as in LoRA and in the paper, or a
 * product of Kronecker sums as in LSR-Adapt, or a Kronecker sum itself, which modulates W block by block. W must be an
 * array: base models in 16 bits or less are refused.
 *
 * <p>Sums of Kronecker products with different splits, ΔW = c·Σ_k F_k ⊗ S_k. Each term has its own widths of F_k and
 * S_k; no sum of the same size with a single split equals it.
 *
 * <p>Depends on {@code lsr} and {@link org.lsradapt.baselines}. Merged, ΔW costs nothing. Unmerged it is a dense matrix:
 * a step needs memory for ΔW of each adapted layer and, per thread, for its gradient xᵀg, and computes a product of W's
 * size twice per layer.
 */
package org.lsradapt.baselines.composed;
