/**
 * The separated representation as a numerical object: its condition number and what that means for a precision.
 *
 * <p>Depends on {@link org.lsradapt.lsr} only.
 */
package org.lsradapt.lsr.numerics;
