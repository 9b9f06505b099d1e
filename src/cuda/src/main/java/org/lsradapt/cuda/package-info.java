/**
 * Support for NVIDIA GPUs of compute capability 8.0 and newer: {@link org.lsradapt.cuda.CudaPasses} computes the layers of
 * trainings and predictions, and {@link org.lsradapt.cuda.GpuCheck} checks whether a machine has what they need and computes
 * correctly.
 *
 * <p>Depends on {@link org.lsradapt.training}, {@link org.lsradapt.objectives}, {@link org.lsradapt.lsr.backend}, ND4J and JNA.
 * Limits: Linux only; FLOAT.
 */
package org.lsradapt.cuda;
