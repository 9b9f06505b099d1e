/**
 * The arithmetic under the adapters: batched materialization of Kronecker sums, its gradient, and matrix products,
 * behind {@link org.lsradapt.lsr.backend.Backend}.
 *
 * <p>Two implementations: {@link org.lsradapt.lsr.backend.Nd4jBackend} uses ND4J operations on any ND4J backend on the
 * class path, CPU or CUDA; {@link org.lsradapt.lsr.backend.CpuBackend} calls the BLAS of ND4J's CPU backend and works
 * directly on native memory. {@link org.lsradapt.lsr.backend.Backends} chooses. Tests compare both with the definitions
 * in double.
 *
 * <p>Depends on {@link org.lsradapt.lsr.internal}, ND4J (with the JavaCPP and OpenBLAS bindings of its CPU backend) and
 * SLF4J only. Supports FLOAT and DOUBLE.
 */
package org.lsradapt.lsr.backend;
