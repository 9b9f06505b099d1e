/**
 * What several kinds of adapters are made of, and no user of the library meets. Depends on {@code lsr} alone.
 */
package org.lsradapt.baselines.internal;
