/**
 * Internal code for forms of adapters: layers that files fuse into one.
 *
 * <p>Not for use outside this library.
 */
package org.lsradapt.adapters.internal;
