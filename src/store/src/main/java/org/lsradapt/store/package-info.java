/**
 * Adapters of one base model by key, in one file: {@link org.lsradapt.store.AdapterStore}, for applications that have one
 * per user. It is an {@link org.lsradapt.serving.AdapterSource}, so that
 * {@link org.lsradapt.serving.MultiAdapterModel} and the classes built on it answer out of it.
 * {@link org.lsradapt.store.PerKeyTraining} trains adapters for the keys of a table and puts those that gain.
 *
 * <p>May depend on {@link org.lsradapt.adapters}, {@link org.lsradapt.serving}, {@link org.lsradapt.models} and
 * {@link org.lsradapt.finetuning}, and on H2's
 * MVStore, which no other module knows. Limits: one process at a time has the file open; texts alone.
 */
package org.lsradapt.store;
