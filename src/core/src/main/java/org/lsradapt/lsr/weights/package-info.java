/** Frozen weights of linear layers, in the forms they are stored in. */
package org.lsradapt.lsr.weights;
