/** The frozen weights of a transformer, the precision they are kept in, and how they are loaded from files. */
package org.lsradapt.transformer.weights;
