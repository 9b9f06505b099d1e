package org.lsradapt.data.files;

import java.util.List;

/**
 * The columns of a query's result.
 *
 * @param names all columns in order
 * @param needed the columns to read, for messages
 */
record DatabaseColumns(String query, List<String> names, List<String> needed) {}
