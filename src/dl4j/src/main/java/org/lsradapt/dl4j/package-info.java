/**
 * LSR adapters in DL4J networks: a dense layer whose weight is frozen and whose update trains, for
 * {@code MultiLayerNetwork} and {@code ComputationGraph}, and helpers that put it in place of a trained network's dense
 * layers and back.
 *
 * <p>Backpropagation is written out, not made by SameDiff: every SameDiff layer of DL4J 1.0.0-M2.1 doubles the gradient
 * that passes through it. Frozen parameters have the updater {@code Sgd(0.0)} and no regularization: DL4J's
 * {@code NoOp} updater subtracts the raw gradient, and its frozen-layer wrappers leave L1, L2 and weight decay on.
 *
 * <p>May depend on {@link org.lsradapt.lsr} with its backends, and on DL4J ({@code deeplearning4j-nn}, an optional
 * dependency), which no other package knows. Limits: FLOAT and DOUBLE; dense layers without layer normalization;
 * constraints are not applied to an LSR layer.
 */
package org.lsradapt.dl4j;
