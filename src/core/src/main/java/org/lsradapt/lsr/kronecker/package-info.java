/** Sums of Kronecker products: factor tensors, materialization, contraction cost and Gram matrices. */
package org.lsradapt.lsr.kronecker;
