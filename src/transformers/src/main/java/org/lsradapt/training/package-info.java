/**
 * Fine-tuning: the optimizer, the learning-rate schedule, and the one loop that trains every method, be it the head
 * alone, LoRA or LSR; on request with factors in a low precision and their condition watched.
 *
 * <p>The optimizer is {@link org.lsradapt.lsr.optimizer.AdamW}; the loop depends on {@link org.lsradapt.transformer} and {@link org.lsradapt.tasks}. A run is deterministic: one seed gives
 * the same numbers to the bit on one machine with one number of cores.
 */
package org.lsradapt.training;
