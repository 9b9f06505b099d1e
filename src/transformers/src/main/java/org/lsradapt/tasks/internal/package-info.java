/**
 * Lines, rows and labels of data files: the plumbing under {@link org.lsradapt.tasks} and under the published tasks.
 *
 * <p>Every complaint names the file and the line. Depends on the JDK and Jackson.
 */
package org.lsradapt.tasks.internal;
