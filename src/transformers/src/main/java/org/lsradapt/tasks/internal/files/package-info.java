/**
 * Files of data: lines, rows by column and plain text. Every complaint names the file and the line.
 *
 * <p>Depends on the JDK, Jackson (JSON lines) and FastCSV (files with quoting), and on {@code tasks.internal} for what texts and
 * labels may be.
 */
package org.lsradapt.tasks.internal.files;
