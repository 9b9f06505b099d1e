/**
 * What a fine-tuning run leaves behind beside its adapters: metrics as JSON and CSV, learning curves as a picture, and
 * a report in Markdown that puts the methods side by side; and the tables and pictures of the command line.
 *
 * <p>{@link org.lsradapt.report.internal.RunFolder} writes a {@link org.lsradapt.report.RunRecord}. Numbers in tables
 * are rounded, those in the JSON and CSV files are not.
 *
 * <p>Not for use outside of this library. Depends on {@link org.lsradapt.report}, {@link org.lsradapt.lsr},
 * {@link org.lsradapt.training} (results only), {@link org.lsradapt.io.internal}, Jackson's tree model and XChart, which
 * is used nowhere else. Draws without a display.
 */
package org.lsradapt.report.internal;
