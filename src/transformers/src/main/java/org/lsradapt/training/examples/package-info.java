/** Encoded training examples and the class weights that are derived from them. */
package org.lsradapt.training.examples;
