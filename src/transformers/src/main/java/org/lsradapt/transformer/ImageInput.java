package org.lsradapt.transformer;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.parts.Embeddings;

/**
 * An image, decoded when it is read, so that a data set need not fit into memory. Immutable; safe for use by many threads
 * if its pixels are.
 */
public final class ImageInput implements ModelInput {
    /** Attention takes memory of the square of them. */
    private static final int MOST_TOKENS = 1 << 15;

    private final String name;
    private final int channels;
    private final int height;
    private final int width;
    private final int special;
    private final int length;
    private final Pixels pixels;

    /** Where the numbers come from. */
    public interface Pixels {

        /**
         * Reads them.
         *
         * @return normalized numbers [channels, height, width], in that order; not modified by who reads them
         * @throws java.io.UncheckedIOException if a file cannot be read or decoded; the message names it
         */
        float[] read();

        /** Says that {@link #read} will be called soon. */
        default void prepare() {}

        /**
         * An identifier of the pixels, such as a checksum of the file; empty if it cannot be
         * said.
         *
         * @throws java.io.UncheckedIOException if a file cannot be read; the message names it
         */
        default String fingerprint() {
            return "";
        }

        /**
         * The numbers of an epoch of a training.
         *
         * @param epoch from 1
         */
        default Pixels inEpoch(int epoch) {
            return this;
        }
    }

    /**
     * An image.
     *
     * @param name tells it from others, for messages and for checkpoints
     * @param height in pixels
     * @param width in pixels
     * @param patches how the model divides it
     * @param pixels its numbers, as many channels as the model reads; kept
     * @throws IllegalArgumentException if it has no room for a patch
     */
    public ImageInput(String name, int height, int width, Embeddings.Patches patches, Pixels pixels) {
        this(name, patches.channels(), height, width, patches.leading(), patches.tokens(height, width), pixels);
        Require.argument(
                height >= patches.patchSize() && width >= patches.patchSize(),
                "image %s: %d x %d pixels, expected at least one patch of %d x %d",
                name,
                width,
                height,
                patches.patchSize(),
                patches.patchSize());
        Require.argument(
                length <= MOST_TOKENS,
                "image %s: %d x %d pixels become %d tokens, expected at most %d",
                name,
                width,
                height,
                length,
                MOST_TOKENS);
    }

    private ImageInput(String name, int channels, int height, int width, int special, int length, Pixels pixels) {
        this.name = name;
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.special = special;
        this.length = length;
        this.pixels = pixels;
    }

    /** Its identifier. */
    public String name() {
        return name;
    }

    /** As of its {@link Pixels#fingerprint pixels}. */
    public String fingerprint() {
        return pixels.fingerprint();
    }

    /** In pixels. */
    public int height() {
        return height;
    }

    /** In pixels. */
    public int width() {
        return width;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int special() {
        return special;
    }

    @Override
    public Object identity() {
        return name;
    }

    @Override
    public ImageInput inEpoch(int epoch) {
        Pixels own = pixels.inEpoch(epoch);
        return own == pixels ? this : new ImageInput(name, channels, height, width, special, length, own);
    }

    @Override
    public void prepare() {
        pixels.prepare();
    }

    /**
     * Its numbers [channels, height, width].
     *
     * @throws java.io.UncheckedIOException if a file cannot be read or decoded; the message names it
     * @throws IllegalStateException if there are more or fewer
     */
    float[] read() {
        float[] numbers = pixels.read();
        if (numbers.length != channels * height * width) {
            throw new IllegalStateException("image " + name + ": " + numbers.length + " numbers, expected " + channels
                    + " channels of " + width + " x " + height);
        }
        return numbers;
    }
}
