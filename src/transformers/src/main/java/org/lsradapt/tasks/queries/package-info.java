/**
 * Adapts queries alone: {@link org.lsradapt.tasks.queries.QueryAdapter} multiplies the vector of a query by I + ΔW and
 * leaves the passages' vectors, and with them any index, as they are.
 *
 * <p>Limits: the similarity is the cosine, ΔW is an LSR or LoRA update, and training holds all passages' vectors in
 * memory.
 */
package org.lsradapt.tasks.queries;
