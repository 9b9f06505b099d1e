/**
 * The folder formats of the library's kinds of adapters: one {@link org.lsradapt.adapters.AdapterFormat} per kind, registered in
 * {@code META-INF/services/org.lsradapt.adapters.AdapterFormat}.
 *
 * <p>May depend on the kinds ({@link org.lsradapt.lsr}, {@link org.lsradapt.baselines}), {@link org.lsradapt.adapters} and
 * {@link org.lsradapt.io}.
 */
package org.lsradapt.adapters.kinds;
