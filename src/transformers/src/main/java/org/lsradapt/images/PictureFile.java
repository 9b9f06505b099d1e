package org.lsradapt.images;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.zip.CRC32C;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/** Decodes JPEG and PNG files with the JDK, within limits that are checked before memory is allocated. */
final class PictureFile {
    /** Limit of a picture; cameras reach about this number. */
    static final int MOST_PIXELS = 100_000_000;

    /** Limit of a file, in bytes. */
    private static final int LARGEST_FILE = 256_000_000;

    /** A photograph has fewer; checked only for pictures of more than {@link #LARGE} pixels. */
    private static final int MOST_PIXELS_PER_BYTE = 2048;

    private static final int LARGE = 250_000;
    private static final Set<String> FORMATS = Set.of("jpeg", "png");

    private PictureFile() {}

    static Picture read(Path file) throws IOException {
        return read(file.toString(), bytes(file));
    }

    /** Returns the checksum of a file's bytes, whether or not it is a picture. */
    static String checksum(Path file) throws IOException {
        return checksum(bytes(file));
    }

    /** Returns the CRC-32C in decimal digits. */
    static String checksum(byte[] bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return Long.toString(sum.getValue());
    }

    private static byte[] bytes(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        if (Files.size(file) > LARGEST_FILE) {
            throw new IOException(
                    file + ": has " + Files.size(file) + " bytes, expected a picture of at most " + LARGEST_FILE);
        }
        return Files.readAllBytes(file);
    }

    static Picture read(String name, byte[] bytes) throws IOException {
        try {
            return JpegFile.is(bytes) ? jpeg(bytes) : decoded(bytes, reader -> samples(reader.read(0)));
        } catch (IOException e) {
            throw new IOException("picture " + name + ": " + e.getMessage(), e);
        } catch (RuntimeException e) {
            // Decoders throw these exceptions for damaged files.
            throw new IOException("picture " + name + ": cannot be decoded: " + e, e);
        }
    }

    private static Picture jpeg(byte[] bytes) throws IOException {
        JpegFile file = new JpegFile(bytes);
        Picture picture = decoded(file.components(), reader -> file.picture(reader.readRaster(0, null)));
        if (!file.hasEnd()) {
            // The decoder fills missing parts with grey.
            throw new IOException("it ends too early");
        }
        return picture.upright(file.orientation());
    }

    private interface Decoder {
        Picture decode(ImageReader reader) throws IOException;
    }

    private static Picture decoded(byte[] bytes, Decoder decoder) throws IOException {
        try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new IOException("its beginning is of no kind that is known, expected JPEG or PNG");
            }
            ImageReader reader = readers.next();
            try {
                String format = reader.getFormatName();
                if (!FORMATS.contains(format.toLowerCase(Locale.ROOT))) {
                    throw new IOException("found " + format + ", expected JPEG or PNG");
                }
                reader.setInput(in, true, true);
                requireSize(reader.getWidth(0), reader.getHeight(0), bytes.length);
                return decoder.decode(reader);
            } finally {
                reader.dispose();
            }
        }
    }

    private static void requireSize(int width, int height, int bytes) throws IOException {
        long pixels = (long) width * height;
        if (width < 1 || height < 1 || pixels > MOST_PIXELS) {
            throw new IOException(
                    "is of " + width + " x " + height + " pixels, expected 1 to " + MOST_PIXELS + " of them");
        }
        if (pixels > LARGE && pixels / MOST_PIXELS_PER_BYTE > bytes) {
            throw new IOException("is of " + width + " x " + height + " pixels in " + bytes
                    + " bytes, expected no more than " + MOST_PIXELS_PER_BYTE + " pixels in a byte");
        }
    }

    /** Returns the samples in the file, without applying a colour space. */
    static Picture samples(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        if (image.getColorModel() instanceof IndexColorModel palette) {
            return fromPalette(image.getRaster(), palette);
        }
        Raster raster = image.getRaster();
        int bands = raster.getNumBands();
        int channels = bands < 3 ? 1 : 3;
        int[] row = new int[width * bands];
        byte[] samples = new byte[width * height * channels];
        int to = 0;
        int[] shifts = new int[channels];
        for (int c = 0; c < channels; c++) {
            shifts[c] = raster.getSampleModel().getSampleSize(c) - 8;
        }
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    int sample = row[x * bands + c];
                    samples[to++] = (byte) (shifts[c] >= 0 ? sample >> shifts[c] : sample << -shifts[c]);
                }
            }
        }
        return new Picture(width, height, channels, samples);
    }

    private static Picture fromPalette(Raster raster, IndexColorModel palette) {
        int width = raster.getWidth();
        int height = raster.getHeight();
        byte[] samples = new byte[width * height * 3];
        int[] row = new int[width];
        int to = 0;
        for (int y = 0; y < height; y++) {
            raster.getPixels(0, y, width, 1, row);
            for (int index : row) {
                samples[to++] = (byte) palette.getRed(index);
                samples[to++] = (byte) palette.getGreen(index);
                samples[to++] = (byte) palette.getBlue(index);
            }
        }
        return new Picture(width, height, 3, samples);
    }
}
