/**
 * The library's kinds of adapters outside the mathematics: one {@link org.lsradapt.adapters.AdapterKind} per kind, registered in
 * {@code META-INF/services/org.lsradapt.adapters.AdapterKind}, with its methods, its form in adapter folders and its form in PEFT.
 *
 * <p>May depend on the kinds ({@link org.lsradapt.lsr}, {@link org.lsradapt.baselines}), {@link org.lsradapt.adapters},
 * {@link org.lsradapt.adapters.peft} and {@link org.lsradapt.io}.
 */
package org.lsradapt.adapters.kinds;
