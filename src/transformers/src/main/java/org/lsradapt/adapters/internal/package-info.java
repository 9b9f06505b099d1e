/**
 * Plumbing of forms of adapters: layers that files have as one.
 *
 * <p>Not for use outside of this library.
 */
package org.lsradapt.adapters.internal;
