package org.lsradapt.tasks.images;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.lsradapt.images.Augmentation;
import org.lsradapt.images.ImageProcessor;
import org.lsradapt.images.ImageSource;
import org.lsradapt.transformer.inputs.ModelInput;
import org.lsradapt.transformer.parts.Transformer;

final class ImageInputs {
    private ImageInputs() {}

    /** The source of an image of a data set; an exception for a missing image names its location. */
    static ImageSource source(String location) {
        try {
            return ImageSource.at(location);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** An identifier of the image at a location, which an exception names if the image cannot be read. */
    static String fingerprint(String location) {
        try {
            return ImageSource.at(location).fingerprint();
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    /** A model's input for an image, which is decoded when it is read, or now if its size has to be known before. */
    static ModelInput of(ImageSource source, ImageProcessor processor, Transformer model, Augmentation augmentation) {
        try {
            return processor.input(source, model.patches().orElseThrow(), augmentation);
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }
}
