/**
 * What a fine-tuning run leaves behind beside its adapters: metrics as JSON and CSV, learning curves as a picture, and
 * a report in Markdown that puts the methods side by side.
 *
 * <p>{@link org.lsradapt.report.RunRecord} is what a run knows; {@link org.lsradapt.report.RunFolder} writes it.
 * Numbers in tables are rounded, those in the JSON and CSV files are not.
 *
 * <p>Depends on {@link org.lsradapt.lsr}, {@link org.lsradapt.training} (results only), {@link org.lsradapt.io},
 * Jackson's tree model and XChart, which is used nowhere else. Draws without a display.
 */
package org.lsradapt.report;
