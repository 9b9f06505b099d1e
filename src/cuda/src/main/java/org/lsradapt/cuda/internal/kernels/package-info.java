/** The CUDA kernels, grouped by what they compute. */
package org.lsradapt.cuda.internal.kernels;
