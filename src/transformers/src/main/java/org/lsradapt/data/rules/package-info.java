/**
 * Rules for texts and labels, and the division of rows: internal code of {@link org.lsradapt.tasks} and of the published tasks. Depends
 * on the JDK and {@code lsr.internal}.
 */
package org.lsradapt.data.rules;
