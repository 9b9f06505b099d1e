/**
 * The folder formats of the library's kinds of adapters: one {@link org.lsradapt.adapters.AdapterKind} per kind, registered in
 * {@code META-INF/services/org.lsradapt.adapters.AdapterKind}.
 *
 * <p>May depend on the kinds ({@link org.lsradapt.lsr}, {@link org.lsradapt.baselines}), {@link org.lsradapt.adapters} and
 * {@link org.lsradapt.io}.
 */
package org.lsradapt.adapters.kinds;
