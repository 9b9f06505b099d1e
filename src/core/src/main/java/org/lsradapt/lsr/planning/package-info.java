/**
 * Choosing an adapter's shape for a budget: bottleneck rank r, separation rank s, the number of factors d and their
 * sizes.
 *
 * <p>Everything is counted from shapes. Of A [in, r] = Σ_k A_k^(1) ⊗ … ⊗ A_k^(d), factor i having P_i = p_i·q_i
 * numbers, {@link org.lsradapt.lsr.planning.SumShape} says how many numbers there are, how many of them are free,
 * which rank can be reached, what building A costs and how well a random matrix is met;
 * {@link org.lsradapt.lsr.planning.Candidate} puts A and B together; {@link org.lsradapt.lsr.planning.Planner} lists
 * candidates and recommends one. docs/background/shapes.md has the reasons and what was measured.
 *
 * <p>Depends on {@link org.lsradapt.lsr}, {@link org.lsradapt.lsr.internal} and {@link org.lsradapt.lsr.numerics} only.
 */
package org.lsradapt.lsr.planning;
