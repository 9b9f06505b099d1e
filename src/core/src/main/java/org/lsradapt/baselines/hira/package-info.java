/**
 * HiRA (Huang et al., ICLR 2025): ΔW = W∘U, the frozen weight times the update U of another kind, element by element,
 * so that the rank of ΔW can be the rank of W times that of U. U is a product A·B as in LoRA and in the paper, or a
 * product of Kronecker sums as in LSR-Adapt, or a Kronecker sum itself, which modulates W block by block.
 *
 * <p>Depends on {@code lsr} and {@link org.lsradapt.baselines}. Merged, ΔW costs nothing. Unmerged it is a dense
 * matrix: a step needs memory for ΔW of each adapted layer and, per thread, for its gradient xᵀg, and computes a
 * product of W's size twice per layer. W must be an array: base models in 16 bits or less are refused.
 */
package org.lsradapt.baselines.hira;
