/**
 * Small models of every family with random weights, and their steps on a device compared with those on the CPU. Needs ND4J. No API.
 *
 * <p>Depends on {@code cuda.internal.pass} and what training is made of. Families are read from a list of configurations.
 */
package org.lsradapt.cuda.internal.models;
