/**
 * Small models of every family with random weights, and a comparison of their steps on a device with those on the CPU. Needs
 * ND4J. Not API.
 *
 * <p>Depends on {@code cuda.internal.pass} and the parts of training. A list of configurations defines the families.
 */
package org.lsradapt.cuda.internal.models;
