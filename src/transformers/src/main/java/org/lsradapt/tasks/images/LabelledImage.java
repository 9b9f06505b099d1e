package org.lsradapt.tasks.images;

import java.nio.file.Path;
import org.lsradapt.data.LabelledText;

/**
 * An image and the name of its class.
 *
 * @param image the path of a JPEG or PNG file
 * @param label the name of the class
 */
public record LabelledImage(Path image, String label) {

    /** Checks that the label is not blank or surrounded by white space. */
    public LabelledImage {
        LabelledText.of(image.toString(), label);
    }

    /** Creates an image with the name of its class. */
    public static LabelledImage of(Path image, String label) {
        return new LabelledImage(image, label);
    }
}
