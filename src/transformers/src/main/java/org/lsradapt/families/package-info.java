/**
 * Model families as data: each maps a Hugging Face configuration and its tensor names to the parts of
 * {@link org.lsradapt.transformer.parts}. Names, shapes and orientation of a family's tensors stand in its one file
 * and nowhere else; {@link org.lsradapt.families.Families} lists them.
 *
 * <p>Depends on {@link org.lsradapt.transformer.parts} and, for reading configurations, on {@link org.lsradapt.io}.
 */
package org.lsradapt.families;
