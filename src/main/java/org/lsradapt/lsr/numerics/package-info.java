/**
 * The separated representation as a numerical object: its condition number and what that means for a precision, the nearest
 * sum of fewer terms, and the spectrum of an update.
 *
 * <p>Depends on {@link org.lsradapt.lsr} only.
 */
package org.lsradapt.lsr.numerics;
