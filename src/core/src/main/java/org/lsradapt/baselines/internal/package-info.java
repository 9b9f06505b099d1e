/**
 * Parts of several kinds of adapters, internal to the library. Depends on {@code lsr} alone.
 */
package org.lsradapt.baselines.internal;
