/**
 * Kinds that train few parameters between frozen matrices, ΔW = c·A·M with A frozen and M a function of the parameters:
 * VeRA, LoRA-XS, FourierFT and MiSS. All but MiSS can have fewer parameters than LoRA with r = 1. Frozen matrices are not saved: they
 * follow from a seed, by PEFT's generator, or from W.
 *
 * <p>Depends only on {@code lsr}. If A·M needs no fewer multiplications than ΔW, ΔW is materialized and takes as much
 * memory as W.
 */
package org.lsradapt.baselines.frozen;
