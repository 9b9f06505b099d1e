package org.lsradapt.tasks;

import java.nio.file.Path;

/**
 * An image and a text that describes it.
 *
 * @param image where it is: a JPEG or PNG file
 * @param caption the text
 */
public record CaptionedImage(Path image, String caption) {

    /**
     * Checks the caption.
     *
     * @throws IllegalArgumentException if it is blank or no valid Unicode
     */
    public CaptionedImage {
        TextPair.of(image.toString(), caption);
    }

    /** An image and a text that describes it. */
    public static CaptionedImage of(Path image, String caption) {
        return new CaptionedImage(image, caption);
    }
}
