package org.lsradapt.images;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import org.lsradapt.lsr.internal.Require;

/** A picture in memory, eight bits for each of its channels: red, green and blue, or only grey. Immutable. */
public final class Picture {
    private final int width;
    private final int height;
    private final int channels;
    private final byte[] samples;

    /** Keeps the samples. */
    Picture(int width, int height, int channels, byte[] samples) {
        Require.argument(
                width >= 1 && height >= 1 && (channels == 1 || channels == 3),
                "picture: %d x %d pixels of %d channels, expected at least one pixel of 1 or 3 channels",
                width,
                height,
                channels);
        Require.argument(
                samples.length == (long) width * height * channels,
                "picture: %d samples for %d x %d pixels of %d channels",
                samples.length,
                width,
                height,
                channels);
        this.width = width;
        this.height = height;
        this.channels = channels;
        this.samples = samples;
    }

    /**
     * Creates a picture of samples.
     *
     * @param width in pixels
     * @param height in pixels
     * @param channels 3 for red, green and blue, or 1 for grey
     * @param samples row by row from the top, a pixel's channels together; copied
     * @throws IllegalArgumentException if there are more or fewer samples
     */
    public static Picture of(int width, int height, int channels, byte[] samples) {
        return new Picture(width, height, channels, samples.clone());
    }

    /**
     * Reads a JPEG or PNG file. Transparency is dropped, samples of 16 bits lose their lower half, colour profiles are
     * not applied, and a JPEG is turned by its EXIF orientation: the result equals that of Pillow's
     * {@code exif_transpose} followed by {@code convert("RGB")}.
     *
     * @throws IOException if it cannot be read, has another format, is damaged, or larger than
     *     {@value PictureFile#MOST_PIXELS} pixels; the message names it
     */
    public static Picture read(Path file) throws IOException {
        return PictureFile.read(file);
    }

    /**
     * Reads the bytes of a JPEG or PNG file; see {@link #read(Path)}.
     *
     * @param name the picture's name in messages
     * @param bytes the file's content; not modified
     * @throws IOException as {@link #read(Path)}
     */
    public static Picture read(String name, byte[] bytes) throws IOException {
        return PictureFile.read(name, bytes);
    }

    /** Converts an image of the JDK; its alpha channel is dropped. */
    public static Picture of(BufferedImage image) {
        return PictureFile.samples(image);
    }

    /** The width in pixels. */
    public int width() {
        return width;
    }

    /** The height in pixels. */
    public int height() {
        return height;
    }

    /** The number of channels: 3 for red, green and blue, 1 for grey. */
    public int channels() {
        return channels;
    }

    /** Returns a sample, 0 … 255. */
    public int sample(int x, int y, int channel) {
        return samples[(y * width + x) * channels + channel] & 0xff;
    }

    /** All samples, row by row, a pixel's channels together; the array itself. */
    byte[] samples() {
        return samples;
    }

    /**
     * Returns the picture with another number of channels. Grey is repeated; colours become the luma of ITU-R 601-2 as
     * Pillow rounds it, (19595·R + 38470·G + 7471·B + 2¹⁵)/2¹⁶.
     */
    Picture withChannels(int wanted) {
        if (wanted == channels) {
            return this;
        }
        byte[] converted = new byte[width * height * wanted];
        for (int i = 0; i < width * height; i++) {
            if (wanted == 3) {
                converted[3 * i] = samples[i];
                converted[3 * i + 1] = samples[i];
                converted[3 * i + 2] = samples[i];
            } else {
                int sum = 19595 * (samples[3 * i] & 0xff)
                        + 38470 * (samples[3 * i + 1] & 0xff)
                        + 7471 * (samples[3 * i + 2] & 0xff);
                converted[i] = (byte) ((sum + 0x8000) >> 16);
            }
        }
        return new Picture(width, height, wanted, converted);
    }

    /** Returns a part, black where it reaches beyond the picture; {@code left} and {@code top} may be negative. */
    Picture crop(int left, int top, int newWidth, int newHeight) {
        byte[] cropped = new byte[newWidth * newHeight * channels];
        int from = Math.max(0, left);
        int length = Math.min(width, left + newWidth) - from;
        for (int y = Math.max(0, -top); length > 0 && y < newHeight && y + top < height; y++) {
            System.arraycopy(
                    samples,
                    ((y + top) * width + from) * channels,
                    cropped,
                    (y * newWidth + from - left) * channels,
                    length * channels);
        }
        return new Picture(newWidth, newHeight, channels, cropped);
    }

    Picture flipped() {
        return turned((x, y) -> y * width + width - 1 - x, width, height);
    }

    /** Returns the picture turned upright from an orientation of the camera, 1 … 8 as in EXIF. */
    Picture upright(int orientation) {
        return switch (orientation) {
            case 2 -> flipped();
            case 3 -> turned((x, y) -> (height - 1 - y) * width + width - 1 - x, width, height);
            case 4 -> turned((x, y) -> (height - 1 - y) * width + x, width, height);
            case 5 -> turned((x, y) -> x * width + y, height, width);
            case 6 -> turned((x, y) -> (height - 1 - x) * width + y, height, width);
            case 7 -> turned((x, y) -> (height - 1 - x) * width + width - 1 - y, height, width);
            case 8 -> turned((x, y) -> x * width + width - 1 - y, height, width);
            default -> this;
        };
    }

    /** Maps a new place to the index of an old pixel. */
    interface Source {
        int of(int x, int y);
    }

    Picture turned(Source source, int newWidth, int newHeight) {
        byte[] turned = new byte[newWidth * newHeight * channels];
        for (int y = 0; y < newHeight; y++) {
            for (int x = 0; x < newWidth; x++) {
                System.arraycopy(samples, source.of(x, y) * channels, turned, (y * newWidth + x) * channels, channels);
            }
        }
        return new Picture(newWidth, newHeight, channels, turned);
    }

    /** Returns a picture for display, with at most {@code most} pixels on each side. */
    public BufferedImage thumbnail(int most) {
        double scale = Math.min(1.0, (double) most / Math.max(width, height));
        Picture small = Resampling.BILINEAR
                .resize(this, Math.max(1, (int) (width * scale)), Math.max(1, (int) (height * scale)))
                .withChannels(3);
        BufferedImage image = new BufferedImage(small.width, small.height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < small.height; y++) {
            for (int x = 0; x < small.width; x++) {
                image.setRGB(x, y, small.sample(x, y, 0) << 16 | small.sample(x, y, 1) << 8 | small.sample(x, y, 2));
            }
        }
        return image;
    }
}
