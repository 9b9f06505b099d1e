/**
 * Fine-tuning: the optimizer, the learning-rate schedule, and the one loop that trains every method, be it the head
 * alone, LoRA or LSR; on request with factors in a low precision and their condition watched.
 *
 * <p>{@link org.lsradapt.training.AdamW} needs ND4J only and works on any {@link org.lsradapt.lsr.Parameter}; the loop
 * depends on {@link org.lsradapt.transformer} and {@link org.lsradapt.tasks}. A run is deterministic: one seed gives
 * the same numbers to the bit on one machine with one number of cores.
 */
package org.lsradapt.training;
