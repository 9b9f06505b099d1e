/**
 * Regular expressions from files and users, which cannot run for ever and mean the same as in Python
 * ({@link org.lsradapt.lsr.internal.patterns.BoundedPattern}).
 *
 * <p>Not for use outside of this library. Depends on {@code lsr.internal} only.
 */
package org.lsradapt.lsr.internal.patterns;
