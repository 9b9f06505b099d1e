/**
 * The record of a finished fine-tuning run: {@link org.lsradapt.report.RunRecord}, with a
 * {@link org.lsradapt.report.MethodResult} per method and seed. {@link org.lsradapt.report.internal} writes it.
 *
 * <p>Depends on {@link org.lsradapt.lsr} and {@link org.lsradapt.training} (results only).
 */
package org.lsradapt.report;
