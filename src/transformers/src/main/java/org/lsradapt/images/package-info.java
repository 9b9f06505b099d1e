/**
 * Images out of files, as models read them: decoding by the JDK, of JPEG with what metadata-extractor says
 * ({@link org.lsradapt.images.Picture}), and resizing,
 * cropping and normalization as a model's {@code preprocessor_config.json} says
 * ({@link org.lsradapt.images.ImageProcessor}), equal to what transformers does with Pillow.
 *
 * <p>Knows what a model reads ({@link org.lsradapt.transformer.ImageInput}) and JSON files, and no models.
 */
package org.lsradapt.images;
