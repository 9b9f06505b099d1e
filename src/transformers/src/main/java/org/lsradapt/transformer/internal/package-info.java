/**
 * The computations of a transformer between its matrix products, behind {@link org.lsradapt.transformer.internal.Kernels}:
 * {@link org.lsradapt.transformer.internal.PlainKernels} in ND4J operations, for any ND4J backend and for DOUBLE, and
 * {@link org.lsradapt.transformer.internal.CpuKernels}, fused loops over chunks that fit the cache, for FLOAT on the
 * CPU.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.lsr.backend},
 * {@link org.lsradapt.lsr.internal}, {@link org.lsradapt.transformer.parts} and ND4J only.
 */
package org.lsradapt.transformer.internal;
