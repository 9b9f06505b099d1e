/**
 * The arithmetic under the adapters: batched materialization of Kronecker sums, its gradient, and matrix products,
 * behind {@link org.lsradapt.lsr.backend.Backend}.
 *
 * <p>Two implementations: {@link org.lsradapt.lsr.backend.Nd4jBackend}, ND4J operations on whichever ND4J backend is on the
 * class path, CPU or CUDA; {@link org.lsradapt.lsr.backend.CpuBackend}, which calls the BLAS that ND4J's CPU backend brings
 * and works on native memory directly. {@link org.lsradapt.lsr.backend.Backends} chooses. Tests compare both with the
 * definitions in double.
 *
 * <p>Depends on {@link org.lsradapt.lsr.internal}, ND4J (with the JavaCPP and OpenBLAS bindings of its CPU backend) and
 * SLF4J only. Supports FLOAT and DOUBLE.
 */
package org.lsradapt.lsr.backend;
