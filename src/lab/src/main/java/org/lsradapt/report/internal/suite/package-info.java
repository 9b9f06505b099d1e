/**
 * Suites: many trainings from one file, and their results. {@link org.lsradapt.report.internal.suite.SuiteFile} makes cells
 * from a file, {@link org.lsradapt.report.internal.suite.SuiteFolder} records the cells and their outcomes, and {@link
 * org.lsradapt.report.internal.suite.SuiteReport} compares their {@code metrics.json} files. In this package a cell is a
 * command line of {@code finetune}; the command line runs it.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.report.internal}, {@link org.lsradapt.report},
 * {@link org.lsradapt.training} (results only), {@link org.lsradapt.io.internal} and Jackson's tree model.
 */
package org.lsradapt.report.internal.suite;
