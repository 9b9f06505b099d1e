/**
 * Rules for texts and labels, and the division of rows: the plumbing under {@link org.lsradapt.tasks} and under the
 * published tasks. Depends on the JDK and {@code lsr.internal}.
 */
package org.lsradapt.tasks.internal;
