/**
 * Adapters of other papers, to compare LSR with: LoKr, KronA, CDKA and KAdaptation, all of which put a sum of Kronecker
 * products in the place of ΔW itself and so are one kind, {@link org.lsradapt.baselines.KroneckerConfig}. Plain LoRA is
 * {@link org.lsradapt.lsr.LsrConfig#lora}, the LSR authors' own start
 * {@link org.lsradapt.lsr.Initialization#PAPER_AUTHORS}.
 *
 * <p>Kinds of their own are in packages below: {@code hira}, {@code frozen} (VeRA, LoRA-XS, FourierFT) and {@code mixed}.
 *
 * <p>Depends on {@code lsr} alone. What is about
 * LSR alone (condition, planning, fewer bits, PEFT's files, SameDiff and DL4J) refuses these adapters by layer and kind.
 */
package org.lsradapt.baselines;
