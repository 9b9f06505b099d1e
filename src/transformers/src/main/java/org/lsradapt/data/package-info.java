/**
 * The parts that the data of all tasks share: examples with labels, data sets and their division, formats of files, and metrics.
 *
 * <p>A {@link org.lsradapt.data.Dataset} has training and evaluation data, holds out and limits; each task has one in its package.
 * {@link org.lsradapt.data.LabelledData} makes a task from a user's tables or lists (a {@link org.lsradapt.data.Table} is a file, a stream
 * or a query), and {@link org.lsradapt.data.PredictionInputs} are texts
 * to predict on. Data has texts, numbers and the locations of images: it neither tokenizes nor holds a model.
 *
 * <p>Files are read strictly: a row dropped or shifted silently would change a result that nobody can check later. The tab-separated
 * files of GLUE have no quoting: a quote is an ordinary character. A user's own files are quoted as {@link org.lsradapt.data.DataFormat}
 * describes. Outside quotes, a line ends at a line feed, with or without a carriage return before it; in the formats with quoting, a lone
 * carriage return also ends a row. A byte-order mark and a missing final line feed are accepted. Unreadable input causes an
 * {@link java.io.IOException} that names the file, the line and the value.
 *
 * <p>{@code data.rules} holds the rules for texts and labels and the division of rows; {@code data.files} reads files; {@code data.checks}
 * finds labels that are probably wrong, and depends on this package.
 *
 * <p>Limit: a whole data set is held in memory.
 */
package org.lsradapt.data;
