package org.lsradapt.images;

import com.drew.imaging.jpeg.JpegMetadataReader;
import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.metadata.Metadata;
import com.drew.metadata.adobe.AdobeJpegDirectory;
import com.drew.metadata.adobe.AdobeJpegReader;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.drew.metadata.jfif.JfifDirectory;
import com.drew.metadata.jfif.JfifReader;
import com.drew.metadata.jpeg.JpegDirectory;
import com.drew.metadata.jpeg.JpegReader;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Reads a JPEG file as libjpeg, and so Pillow, does: the meaning of its components and its orientation. */
final class JpegFile {
    private static final int BEGIN = 0xd8;
    private static final int END = 0xd9;
    private static final int SCAN = 0xda;
    private static final int FIRST_APPLICATION = 0xe0;
    private static final int LAST_APPLICATION = 0xef;
    private static final int COMMENT = 0xfe;

    private final Metadata metadata;
    private final byte[] components;
    /** The position of the first scan's marker; the file's length if there is none. */
    private final int scan;

    /** Reads the segments before the first scan; the file is not modified. */
    JpegFile(byte[] file) throws IOException {
        try {
            metadata = JpegMetadataReader.readMetadata(
                    new ByteArrayInputStream(file),
                    List.of(new JpegReader(), new JfifReader(), new AdobeJpegReader(), new ExifReader()));
        } catch (JpegProcessingException e) {
            throw new IOException(e.getMessage(), e);
        }
        components = file.clone();
        int at = 2;
        while (at + 4 <= file.length && marker(at) != SCAN) {
            if (marker(at) >= FIRST_APPLICATION && marker(at) <= LAST_APPLICATION) {
                components[at + 1] = (byte) COMMENT;
            }
            // Any number of bytes 0xff may precede a marker.
            at += marker(at) == 0xff ? 1 : 2 + (ByteBuffer.wrap(file).getShort(at + 2) & 0xffff);
        }
        scan = Math.min(at, file.length);
    }

    static boolean is(byte[] file) {
        return file.length >= 2 && (file[0] & 0xff) == 0xff && (file[1] & 0xff) == BEGIN;
    }

    private int marker(int at) {
        return components[at + 1] & 0xff;
    }

    /** The file with application segments turned into comments. They include colour profiles; an incomplete one makes the JDK fail. */
    byte[] components() {
        return components;
    }

    boolean hasEnd() {
        for (int i = scan; i + 1 < components.length; i++) {
            if (components[i] == -1 && marker(i) == END) {
                return true;
            }
        }
        return false;
    }

    /** The orientation, as EXIF (CIPA DC-008) numbers it; 1, upright, if EXIF has no readable one. */
    int orientation() {
        return metadata.getDirectoriesOfType(ExifIFD0Directory.class).stream()
                .map(exif -> exif.getInteger(ExifIFD0Directory.TAG_ORIENTATION))
                .filter(value -> value != null && value >= 1 && value <= 8)
                .findFirst()
                .orElse(1);
    }

    /** Whether components are plain colours, not YCbCr; for four components, CMYK and not YCCK. */
    private boolean isUnconverted(int count) {
        boolean jfif = metadata.containsDirectoryOfType(JfifDirectory.class);
        // The last of several counts.
        Integer transform = metadata.getDirectoriesOfType(AdobeJpegDirectory.class).stream()
                .map(adobe -> adobe.getInteger(AdobeJpegDirectory.TAG_COLOR_TRANSFORM))
                .reduce(null, (first, last) -> last);
        if (count == 4) {
            return transform == null || transform == 0;
        }
        return !jfif && (transform == null ? isNamed("RGB") : transform == 0);
    }

    private boolean isNamed(String names) {
        JpegDirectory frame = metadata.getFirstDirectoryOfType(JpegDirectory.class);
        return names.chars()
                .allMatch(name -> frame.getComponent(names.indexOf(name)).getComponentId() == name);
    }

    /** Returns the picture of one component for grey, three or four; CMYK is inverted, as Adobe writes it. */
    Picture picture(Raster raster) {
        int count = raster.getNumBands();
        int channels = count < 3 ? 1 : 3;
        boolean converts = count >= 3 && !isUnconverted(count);
        int width = raster.getWidth();
        byte[] samples = new byte[width * raster.getHeight() * channels];
        int[] row = new int[width * count];
        int to = 0;
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int i = 0; i < row.length; i += count) {
                if (converts) {
                    fromYcc(row, i);
                }
                for (int c = 0; c < channels; c++) {
                    int sample = row[i + c];
                    samples[to++] = (byte) (count < 4 ? sample : light(converts ? sample : 255 - sample, row[i + 3]));
                }
            }
        }
        return new Picture(width, raster.getHeight(), channels, samples);
    }

    /** Converts Y, Cb and Cr to JFIF's RGB, in libjpeg's fixed-point numbers of 16 bits; for YCCK the result is the ink. */
    private static void fromYcc(int[] pixels, int at) {
        int y = pixels[at];
        int cb = pixels[at + 1] - 128;
        int cr = pixels[at + 2] - 128;
        pixels[at] = limited(y + ((91881 * cr + 32768) >> 16));
        pixels[at + 1] = limited(y + ((-22554 * cb - 46802 * cr + 32768) >> 16));
        pixels[at + 2] = limited(y + ((116130 * cb + 32768) >> 16));
    }

    /** Returns the light that an ink and black transmit together, rounded as in Pillow. */
    private static int light(int ink, int unblack) {
        int product = ink * unblack + 128;
        return limited(unblack - (((product >> 8) + product) >> 8));
    }

    private static int limited(int sample) {
        return Math.max(0, Math.min(255, sample));
    }
}
