/**
 * What an encoder computes between its matrix products, behind {@link org.lsradapt.encoder.kernels.EncoderKernels}:
 * {@link org.lsradapt.encoder.kernels.Nd4jKernels} in ND4J operations, for any ND4J backend and for DOUBLE, and
 * {@link org.lsradapt.encoder.kernels.CpuKernels}, fused loops over chunks that fit the cache, for FLOAT on the CPU.
 *
 * <p>Depends on {@link org.lsradapt.lsr.backend} and ND4J only.
 */
package org.lsradapt.encoder.kernels;
