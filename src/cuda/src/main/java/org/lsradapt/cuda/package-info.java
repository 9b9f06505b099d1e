/**
 * Support for NVIDIA GPUs of compute capability 8.0 and newer: {@link org.lsradapt.cuda.CudaPasses} computes the layers of a
 * training, {@link org.lsradapt.cuda.CudaBackend} only the arithmetic of adapters, and {@link org.lsradapt.cuda.GpuCheck}
 * checks whether a machine has what they need and computes correctly.
 *
 * <p>Depends on {@link org.lsradapt.training}, {@link org.lsradapt.objectives}, {@link org.lsradapt.lsr.backend}, ND4J and JNA.
 * Limits: Linux only; FLOAT; a {@code CudaBackend}'s arrays are in host memory and are copied for each call.
 */
package org.lsradapt.cuda;
