/**
 * A model's passes on a device: frozen weights, uploaded once; adapters, whose factors are uploaded and whose gradients are
 * downloaded; and the blocks between. Not API.
 *
 * <p>Depends on {@code cuda.internal}, {@link org.lsradapt.transformer} and its parts. Independent of model families:
 * {@link org.lsradapt.cuda.internal.pass.Engine} rejects, by name, the parts that it cannot compute. Weights are FLOAT or,
 * as products read them, BF16; everything else is FLOAT.
 */
package org.lsradapt.cuda.internal.pass;
