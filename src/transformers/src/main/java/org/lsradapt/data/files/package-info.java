/**
 * Data files and queries of databases: lines, rows by column and plain text. Every error message names the file and the line.
 *
 * <p>Depends on the JDK, SLF4J, Jackson (JSON lines) and FastCSV (files with quoting), and on {@code data.rules} for the rules for texts and
 * labels.
 */
package org.lsradapt.data.files;
