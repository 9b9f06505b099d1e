/**
 * Chooses an adapter's shape for a budget: bottleneck rank r, separation rank s, the number of factors d and their
 * sizes.
 *
 * <p>All counts come from shapes. For A [in, r] = Σ_k A_k^(1) ⊗ … ⊗ A_k^(d), with P_i = p_i·q_i elements in factor i,
 * {@link org.lsradapt.lsr.planning.SumShape} counts all and free parameters and gives the reachable rank, the cost of
 * building A and the effect of rounding; {@link org.lsradapt.lsr.planning.Candidate} combines A and B;
 * {@link org.lsradapt.lsr.planning.Planner} lists candidates and recommends one. docs/background/shapes.md has the
 * reasons and the measurements.
 *
 * <p>Depends on {@link org.lsradapt.lsr}, {@link org.lsradapt.lsr.internal} and {@link org.lsradapt.lsr.numerics} only.
 */
package org.lsradapt.lsr.planning;
