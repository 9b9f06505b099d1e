package org.lsradapt.images;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * How a camera was held, as EXIF (CIPA DC-008, tag 0x0112) says in a JPEG file: which way the picture is to be turned.
 */
enum Orientation {
    UPRIGHT,
    MIRRORED,
    UPSIDE_DOWN,
    MIRRORED_UPSIDE_DOWN,
    TRANSPOSED,
    ON_ITS_LEFT,
    TRANSVERSED,
    ON_ITS_RIGHT;

    private static final int TAG = 0x0112;

    /** That of a JPEG file; upright where it is none, or says nothing, or nothing that can be read. */
    static Orientation of(Optional<JpegMarkers> file) {
        try {
            return file.flatMap(JpegMarkers::exif).map(Orientation::tiff).orElse(UPRIGHT);
        } catch (IndexOutOfBoundsException e) {
            return UPRIGHT;
        }
    }

    private static Orientation tiff(ByteBuffer in) {
        in.order(in.getShort(0) == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        int directory = in.getInt(4);
        int entries = in.getShort(directory) & 0xffff;
        for (int i = 0; i < entries; i++) {
            int entry = directory + 2 + 12 * i;
            if ((in.getShort(entry) & 0xffff) == TAG) {
                int value = in.getShort(entry + 8);
                return value >= 1 && value <= 8 ? values()[value - 1] : UPRIGHT;
            }
        }
        return UPRIGHT;
    }

    /** The picture as it was seen. */
    Picture apply(Picture picture) {
        int width = picture.width();
        int height = picture.height();
        return switch (this) {
            case UPRIGHT -> picture;
            case MIRRORED -> picture.flipped();
            case UPSIDE_DOWN -> picture.turned((x, y) -> (height - 1 - y) * width + width - 1 - x, width, height);
            case MIRRORED_UPSIDE_DOWN -> picture.turned((x, y) -> (height - 1 - y) * width + x, width, height);
            case TRANSPOSED -> picture.turned((x, y) -> x * width + y, height, width);
            case ON_ITS_LEFT -> picture.turned((x, y) -> (height - 1 - x) * width + y, height, width);
            case TRANSVERSED -> picture.turned((x, y) -> (height - 1 - x) * width + width - 1 - y, height, width);
            case ON_ITS_RIGHT -> picture.turned((x, y) -> x * width + width - 1 - y, height, width);
        };
    }
}
