/**
 * Images with classes or captions: {@link org.lsradapt.tasks.images.ImageClassifier} has a head,
 * {@link org.lsradapt.tasks.images.ImageTextEmbedder} compares images with texts.
 */
package org.lsradapt.tasks.images;
