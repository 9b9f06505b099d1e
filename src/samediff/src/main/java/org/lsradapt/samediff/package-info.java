/**
 * LSR adapters inside SameDiff graphs, built from nd4j's own operations, so that {@code sd.fit} trains them and
 * {@code sd.save} stores them.
 *
 * <p>An adapted product y = x·W becomes
 *
 * <pre>
 *   y.lsr_frozen = x·W (the product's own operation),   y = y.lsr_frozen + (c·x·A)·B
 * </pre>
 *
 * with A and B built in the graph from the variables {@code W.lsr_A1 … W.lsr_Bd} (and λ), and the configuration in the
 * constant {@code W.lsr_config}. The adapted output takes the name y, so everything that reads y by name, including loss
 * variables, reads the adapted output.
 *
 * <p>May depend on {@link org.lsradapt.lsr} with its backends and numerics, and on nd4j's autodiff, which no other package
 * uses. Limits: rank-2 products ({@code matmul}, {@code xw_plus_b}) with the weight on the right; FLOAT and DOUBLE; products
 * of the graph itself, not of functions or loops inside it. In ND4J 1.0.0-M2.1 the gradient of a product of two 1×1 matrices
 * throws: a batch of one row cannot train an adapter with in = r = 1 or r = out = 1. If one operand of a product with a 1×1
 * result is transposed, the gradient is wrong: in a graph with x·Vᵀ and out = 1, a batch of one row has wrong gradients,
 * with or without an adapter.
 */
package org.lsradapt.samediff;
