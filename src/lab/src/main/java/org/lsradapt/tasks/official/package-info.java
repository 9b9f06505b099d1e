/**
 * Published tasks. {@link org.lsradapt.tasks.official.Tasks} lists the tasks of GLUE (tab-separated files), five of
 * SuperGLUE (JSON lines), and {@code wordnet}, whose data is in a Maven artifact. {@link
 * org.lsradapt.tasks.official.WordNetPairs} makes pairs of texts from the same data.
 *
 * <p>Depends on {@code tasks}, SLF4J and extjwnl.
 *
 * <p>Limits: the test files of the benchmarks have no labels and are not read, so submission files are not written.
 * SuperGLUE's multi-sentence tasks MultiRC and ReCoRD are missing.
 */
package org.lsradapt.tasks.official;
