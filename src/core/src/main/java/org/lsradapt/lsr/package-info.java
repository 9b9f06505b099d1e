/**
 * LSR-Adapt (arXiv 2502.13568): low-rank adapters whose two matrices are sums of Kronecker products.
 *
 * <h2>The equations</h2>
 *
 * <p>A frozen linear layer computes y = x·W + b. A low-rank adapter adds c·x·A·B, that is, it uses the weight
 *
 * <pre>
 *   W' = W + ΔW,   ΔW = c·A·B,   A ∈ ℜ in×r,   B ∈ ℜ r×out          (LoRA; c is α, α/r or α/√r)
 * </pre>
 *
 * and LSR-Adapt writes each of A and B as a Kronecker sum, the separated representation of Beylkin and Mohlenbach:
 *
 * <pre>
 *   A = Σ_k λ_k A_k^(1) ⊗ … ⊗ A_k^(d),   B = Σ_k λ_k B_k^(1) ⊗ … ⊗ B_k^(d),   k = 1 … s
 * </pre>
 *
 * <h2>Words</h2>
 *
 * <ul>
 *   <li><em>separation rank</em> s: the number of terms of a Kronecker sum ({@code num_terms} elsewhere);
 *   <li><em>bottleneck rank</em> r: the inner dimension of A·B ({@code r} in LoRA and PEFT);
 *   <li><em>Kronecker factor</em>: one matrix A_k^(i); stored stacked over k, [s, rows_i, cols_i];
 *   <li><em>Kronecker term</em>: A_k^(1) ⊗ … ⊗ A_k^(d), optionally weighted by λ_k;
 *   <li><em>materialize</em>: build the dense A or B from its factors;
 *   <li><em>frozen weight</em> W: kept by reference and never written, stored in any form
 *       ({@link org.lsradapt.lsr.weights.FrozenWeight});
 *   <li><em>merge</em>: W + ΔW in a new array;
 * <li><em>scaling</em>: α and the rule for the effective factor c ({@code lora_alpha} / r in PEFT).
 * </ul>
 *
 * <h2>Convention</h2>
 *
 * <p>Activations are rows: x is [tokens, in], W is [in, out], A is [in, r], B is [r, out]. PyTorch stores the
 * transposes ([out, in], lora_A [r, in], lora_B [out, r]); they are converted where files are read and written,
 * nowhere else.
 *
 * <p>LoRA is the case s = 1, d = 1: one term of one factor, so that the factor is the matrix. There is no second class
 * for it.
 *
 * <p>LSR is one kind of adapter. Other kinds implement {@link org.lsradapt.lsr.AdapterConfig} and
 * {@link org.lsradapt.lsr.LayerAdapter}, each in its own package; a set may mix kinds.
 *
 * <h2>Count of trainable parameters</h2>
 *
 * <p>A Kronecker sum has s·Σ_i rows_i·cols_i parameters (plus s if the λ are trained). For a 768×768 layer, r = 4 and
 * s = 16 with 768 = 32·24 and 4 = 2·2, A has 16·(32·2 + 24·2) = 1,792 and so has B: 3,584. LoRA with r = 8 has
 * 768·8 + 8·768 = 12,288.
 *
 * <h2>Dependencies and limits</h2>
 *
 * <p>Depends on ND4J, SLF4J, {@link org.lsradapt.lsr.backend} and {@link org.lsradapt.lsr.internal} (which depend only
 * on ND4J and its native bindings), and on nothing else of this library. Supports FLOAT and DOUBLE.
 *
 * <h2>Threads</h2>
 *
 * <p>An {@link org.lsradapt.lsr.AdapterSet} with its {@link org.lsradapt.lsr.LsrAdapter adapters} is for one thread
 * at a time, since {@code forward}, {@code merge} and similar calls write memory that the adapters keep: a call made
 * while another thread is inside one throws an {@link java.lang.IllegalStateException}. The same thread uses their
 * parameters and merges them in place. To serve from many threads, share {@link org.lsradapt.lsr.DenseUpdates}; to
 * train in many, give each thread its own set. All other types here are immutable except for arrays, which they do not
 * write: threads may share them while nothing else writes the arrays.
 *
 * <h2>Ownership</h2>
 *
 * <p>Native memory is freed explicitly, under one rule in all packages: the code that makes an object, by a
 * constructor, a factory method or by loading it, closes it. An object keeps its arguments and does not copy them, and
 * the giver still closes them, unless the method says that it copies or takes them over. A result is a view that ends
 * with its object, unless the method says that it is new: then the caller owns it.
 */
package org.lsradapt.lsr;
