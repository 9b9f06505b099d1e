/**
 * NVIDIA's driver and cuBLASLt behind small interfaces, their binding by JNA, and the kernels, which lie in the jar as PTX
 * with their CUDA C. No API.
 *
 * <p>Depends on JNA alone, so that what looks at a machine's device needs no ND4J. Nothing of NVIDIA's is bundled.
 */
package org.lsradapt.cuda.internal;
