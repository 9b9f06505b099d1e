/**
 * Images from files, in the form that models read. The JDK decodes them, for JPEG with the help of metadata-extractor
 * ({@link org.lsradapt.images.Picture}). Resizing, cropping and normalization follow a model's
 * {@code preprocessor_config.json} ({@link org.lsradapt.images.ImageProcessor}) and equal the results of transformers with
 * Pillow.
 *
 * <p>May depend on a model's input ({@link org.lsradapt.transformer.inputs.ImageInput}) and on JSON files, not on models.
 */
package org.lsradapt.images;
