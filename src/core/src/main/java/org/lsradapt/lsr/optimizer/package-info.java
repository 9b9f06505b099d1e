/**
 * {@link org.lsradapt.lsr.optimizer.AdamW}, which updates any {@link org.lsradapt.lsr.Parameter}.
 *
 * <p>Depends on {@code lsr}, {@code lsr.backend} and {@code lsr.internal}. For one thread.
 */
package org.lsradapt.lsr.optimizer;
