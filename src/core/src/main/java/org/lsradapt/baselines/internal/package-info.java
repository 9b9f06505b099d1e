/**
 * Parts of several kinds of adapters, internal to the library. Depends only on {@code lsr}.
 */
package org.lsradapt.baselines.internal;
