/**
 * NVIDIA's driver and cuBLASLt behind small interfaces, their JNA bindings, and the kernels; the jar has the kernels as PTX
 * together with their CUDA C. Not API.
 *
 * <p>Depends only on JNA, so a check of a machine's device needs no ND4J. Bundles nothing of NVIDIA's.
 */
package org.lsradapt.cuda.internal;
