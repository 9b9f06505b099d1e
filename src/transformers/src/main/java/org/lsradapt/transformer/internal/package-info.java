/**
 * The computations of a transformer other than matrix products, behind
 * {@link org.lsradapt.transformer.internal.Kernels}: {@link org.lsradapt.transformer.internal.PlainKernels} uses ND4J
 * operations, for any ND4J backend and for DOUBLE; {@link org.lsradapt.transformer.internal.CpuKernels} uses fused
 * loops over chunks that fit the cache, for FLOAT on the CPU.
 *
 * <p>Not for use outside this library. Depends only on {@link org.lsradapt.lsr.backend},
 * {@link org.lsradapt.lsr.internal}, {@link org.lsradapt.transformer.parts} and ND4J.
 */
package org.lsradapt.transformer.internal;
