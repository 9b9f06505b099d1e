/**
 * Uni-LoRA, whose A and B of all layers take their elements from one trained vector.
 *
 * <p>Depends only on {@code lsr}.
 */
package org.lsradapt.baselines.unilora;
