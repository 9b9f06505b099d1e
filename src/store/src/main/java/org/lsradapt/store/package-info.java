/**
 * Stores the adapters of one base model by key in one file: {@link org.lsradapt.store.AdapterStore}, for applications with
 * an adapter per user. The store is an {@link org.lsradapt.serving.AdapterSource}, so
 * {@link org.lsradapt.serving.MultiAdapterModel} and the classes built on it can serve from it.
 * {@link org.lsradapt.store.PerKeyTraining} trains adapters for the keys of a table and stores those that improve on the
 * shared adapter.
 *
 * <p>May depend on {@link org.lsradapt.adapters}, {@link org.lsradapt.serving}, {@link org.lsradapt.models} and
 * {@link org.lsradapt.finetuning}, and on H2's MVStore, which no other module uses. Limits: one process at a time has the
 * file open; text only.
 */
package org.lsradapt.store;
