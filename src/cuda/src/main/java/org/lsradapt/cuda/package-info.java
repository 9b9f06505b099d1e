/**
 * Arithmetic on NVIDIA GPUs of compute capability 8.0 and newer: {@link org.lsradapt.cuda.CudaBackend}, and
 * {@link org.lsradapt.cuda.GpuCheck}, which says whether a machine has what it needs and computes what it should.
 *
 * <p>Depends on {@link org.lsradapt.lsr.backend}, ND4J and JNA. Limits: arrays lie in the computer's memory and are copied
 * for each call; Linux only.
 */
package org.lsradapt.cuda;
