/**
 * Suites: many trainings out of one file, and what came of them. {@link org.lsradapt.report.internal.suite.SuiteFile}
 * makes cells of a file, {@link org.lsradapt.report.internal.suite.SuiteFolder} remembers them and how each ended,
 * {@link org.lsradapt.report.internal.suite.SuiteReport} puts their {@code metrics.json} side by side. A cell is a
 * command line of {@code finetune} here; the command line runs it.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.report.internal}, {@link org.lsradapt.report},
 * {@link org.lsradapt.training} (results only), {@link org.lsradapt.io.internal}, Jackson's tree model and XChart.
 */
package org.lsradapt.report.internal.suite;
