/**
 * HiRA (Huang et al., ICLR 2025): ΔW = W∘U, the frozen weight times the update U of another kind, element by element, so that
 * the rank of ΔW can be the rank of W times that of U. U is a product A·B as in LoRA, which is the paper's; or one of Kronecker
 * sums, as in LSR-Adapt; or a Kronecker sum itself, which modulates W block by block.
 *
 * <p>Depends on {@code lsr} and {@link org.lsradapt.baselines}. Merged, ΔW costs nothing. Until then it is a dense matrix: a step
 * takes memory for ΔW of each adapted layer and, with each thread, for its gradient xᵀg, and a layer's product with W is
 * done twice. W has to be an array: a base model in 16 bits or less is refused.
 */
package org.lsradapt.baselines.hira;
