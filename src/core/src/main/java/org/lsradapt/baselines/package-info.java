/**
 * Adapters of other papers, for comparison with LSR: LoKr, KronA, CDKA and KAdaptation. All of them use a sum of
 * Kronecker products for ΔW itself and so are one kind, {@link org.lsradapt.baselines.KroneckerConfig}. Plain LoRA is
 * {@link org.lsradapt.lsr.LsrConfig#lora}; the LSR authors' initialization is
 * {@link org.lsradapt.lsr.Initialization#PAPER_AUTHORS}.
 *
 * <p>Other kinds are in the subpackages {@code hira}, {@code frozen} (VeRA, LoRA-XS, FourierFT) and {@code mixed}.
 *
 * <p>Depends only on {@code lsr}. Features that only support LSR (condition, planning, fewer bits, PEFT's files,
 * SameDiff and DL4J) refuse these adapters and name layer and kind.
 */
package org.lsradapt.baselines;
