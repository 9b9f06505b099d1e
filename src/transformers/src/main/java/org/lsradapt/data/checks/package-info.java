/**
 * Checks of data before a training: repeated and contradicting rows, labels that are probably wrong, their corrections, and rows worth
 * labelling next. It computes with probabilities, and knows no model; {@code finetuning.DataCheck} makes them.
 */
package org.lsradapt.data.checks;
