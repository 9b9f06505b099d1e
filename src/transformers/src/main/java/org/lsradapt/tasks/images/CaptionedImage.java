package org.lsradapt.tasks.images;

import java.nio.file.Path;
import org.lsradapt.data.TextPair;

/**
 * An image and a text that describes it.
 *
 * @param image the path of a JPEG or PNG file
 */
public record CaptionedImage(Path image, String caption) {

    /** Checks that the caption is not blank, and is valid Unicode. */
    public CaptionedImage {
        TextPair.of(image.toString(), caption);
    }

    /** Creates an image and a text that describes it. */
    public static CaptionedImage of(Path image, String caption) {
        return new CaptionedImage(image, caption);
    }
}
