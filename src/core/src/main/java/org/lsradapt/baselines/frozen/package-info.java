/**
 * Kinds that train few numbers between frozen matrices, ΔW = c·A·M with A frozen and M a function of the parameters: VeRA,
 * LoRA-XS and FourierFT, for fewer parameters than LoRA of r = 1 has. Frozen matrices are not saved: they follow from a seed, by
 * the generator that PEFT draws them with, or from W.
 *
 * <p>Depends on {@code lsr} alone. Where A·M multiplies no less than ΔW, that is materialized and takes memory as W does.
 */
package org.lsradapt.baselines.frozen;
