/**
 * Published tasks: {@link org.lsradapt.tasks.official.Tasks} lists those of GLUE (tab-separated files), five of
 * SuperGLUE (JSON lines), and {@code wordnet}, whose data a Maven artifact carries; {@link
 * org.lsradapt.tasks.official.WordNetPairs} are pairs of texts out of the same data.
 *
 * <p>Depends on {@code tasks}, SLF4J and extjwnl.
 *
 * <p>Limits: the unlabelled test files of the benchmarks are not read, and so no submission files are written; of
 * SuperGLUE the multi-sentence tasks MultiRC and ReCoRD are missing.
 */
package org.lsradapt.tasks.official;
