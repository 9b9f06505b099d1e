/**
 * The files of a run and of a suite, next to their adapters: metrics as JSON and CSV, and a report in Markdown and in HTML.
 * The command line uses the tables and charts as well.
 *
 * <p>{@link org.lsradapt.report.internal.RunFolder} writes a {@link org.lsradapt.report.RunRecord}. A {@link
 * org.lsradapt.report.internal.Report} is made once and written in both formats; a {@link
 * org.lsradapt.report.internal.Chart} is SVG, in the report or in a file. Numbers in tables are rounded; numbers in the
 * JSON and CSV files are not.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.report}, {@link org.lsradapt.lsr}, {@link
 * org.lsradapt.training} (results only), {@link org.lsradapt.io.internal}, Jackson's tree model and j2html.
 */
package org.lsradapt.report.internal;
