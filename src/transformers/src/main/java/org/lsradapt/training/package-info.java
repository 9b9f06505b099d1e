/**
 * Fine-tuning: the optimizer, the learning-rate schedule, and the one loop that trains every method, from the head alone to LoRA and LSR;
 * optionally with factors in a low precision and a monitor of their condition.
 *
 * <p>The optimizer is {@link org.lsradapt.lsr.optimizer.AdamW}; the loop depends on {@link org.lsradapt.transformer} and
 * {@link org.lsradapt.tasks}. A run is deterministic: a seed gives bit-identical results on the same machine with the same number of
 * cores.
 */
package org.lsradapt.training;
