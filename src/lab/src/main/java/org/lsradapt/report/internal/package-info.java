/**
 * The files of a fine-tuning run and of a suite, next to their adapters: metrics as JSON and CSV, pictures, and a report in
 * Markdown and in HTML; and the tables and pictures of the command line.
 *
 * <p>{@link org.lsradapt.report.internal.RunFolder} writes a {@link org.lsradapt.report.RunRecord}: a
 * {@link org.lsradapt.report.internal.Page} is described once and written in each format. Numbers in tables are rounded, those
 * in the JSON and CSV files are not.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.report}, {@link org.lsradapt.lsr},
 * {@link org.lsradapt.training} (results only), {@link org.lsradapt.io.internal}, Jackson's tree model, j2html, and XChart,
 * which is used nowhere else. Draws without a display.
 */
package org.lsradapt.report.internal;
