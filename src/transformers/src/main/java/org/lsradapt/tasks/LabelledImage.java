package org.lsradapt.tasks;

import java.nio.file.Path;

/**
 * An image and the name of its class.
 *
 * @param image where it is: a JPEG or PNG file
 * @param label the name of a class
 */
public record LabelledImage(Path image, String label) {

    /**
     * Checks the label.
     *
     * @throws IllegalArgumentException if it is blank, or white space surrounds it
     */
    public LabelledImage {
        LabelledText.of(image.toString(), label);
    }

    /** An image and the name of its class. */
    public static LabelledImage of(Path image, String label) {
        return new LabelledImage(image, label);
    }
}
