/**
 * Model families as data: each maps a Hugging Face configuration and its tensor names to the parts of
 * {@link org.lsradapt.transformer.parts}. A single file defines the names, shapes and orientation of a family's
 * tensors; {@link org.lsradapt.families.Families} lists the families.
 *
 * <p>Depends on {@link org.lsradapt.transformer.parts} and, for reading configurations, on {@link org.lsradapt.io}.
 */
package org.lsradapt.families;
