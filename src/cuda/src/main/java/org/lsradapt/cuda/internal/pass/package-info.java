/**
 * A model's passes on a device: frozen weights that are uploaded once, adapters whose factors go up and whose gradients come
 * down, and the blocks between. No API.
 *
 * <p>Depends on {@code cuda.internal}, {@link org.lsradapt.transformer} and its parts. Knows no family of models: what of the
 * parts it cannot compute, {@link org.lsradapt.cuda.internal.pass.Engine} refuses by name.
 * Weights are FLOAT or, as products read them, BF16; all else is FLOAT.
 */
package org.lsradapt.cuda.internal.pass;
