/**
 * What texts and labels may be, and how rows are divided: the plumbing under {@link org.lsradapt.tasks} and under the
 * published tasks. Depends on the JDK and {@code lsr.internal}.
 */
package org.lsradapt.tasks.internal;
