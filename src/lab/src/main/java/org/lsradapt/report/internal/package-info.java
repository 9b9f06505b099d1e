/**
 * The files of a run and of a suite, next to their adapters: metrics as JSON and CSV, pictures, and a report in Markdown
 * and in HTML. The command line uses the tables and pictures as well.
 *
 * <p>{@link org.lsradapt.report.internal.RunFolder} writes a {@link org.lsradapt.report.RunRecord}. It describes a {@link
 * org.lsradapt.report.internal.Page} once and writes it in each format. Numbers in tables are rounded; numbers in the JSON
 * and CSV files are not.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.report}, {@link org.lsradapt.lsr}, {@link
 * org.lsradapt.training} (results only), {@link org.lsradapt.io.internal}, Jackson's tree model, j2html and XChart. Draws
 * without a display.
 */
package org.lsradapt.report.internal;

