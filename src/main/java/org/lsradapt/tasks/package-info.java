/**
 * What a model is fine-tuned on: the data, read from its official files, and the official metric.
 *
 * <p>{@link org.lsradapt.tasks.Tasks} lists them: the GLUE tasks (tab-separated files), five SuperGLUE tasks (JSON
 * lines), and {@code wordnet}, real data that a Maven artifact carries, so that nothing has to be downloaded. A task
 * knows texts and numbers only: it neither tokenizes nor holds a model.
 *
 * <p>Files are read strictly, since a row that is dropped or shifted in silence changes a result that nobody can check
 * later. Tab-separated files have no quoting: a quote is an ordinary character. Lines end at a line feed, with or
 * without a carriage return before it, and nowhere else. A byte-order mark and a missing final line feed are
 * accepted. What cannot be read ends with an {@link java.io.IOException} that names file, line and value.
 *
 * <p>Depends on the JDK, SLF4J, Jackson (JSON lines) and extjwnl (WordNet), and on no other package of this library.
 *
 * <p>Limits: a whole data set is held in memory; the unlabelled test files of the benchmarks are not read, and so no
 * submission files are written; of SuperGLUE the multi-sentence tasks MultiRC and ReCoRD are missing.
 */
package org.lsradapt.tasks;
