package org.lsradapt.transformer.inputs;

import org.lsradapt.lsr.internal.Require;
import org.lsradapt.transformer.parts.Embeddings;

/**
 * An image that is decoded when it is read, so that a data set need not fit into memory. Immutable; safe for use by
 * many threads if its pixels are.
 */
public final class ImageInput implements ModelInput {
    /** Attention takes memory proportional to the square of the tokens. */
    private static final int MOST_TOKENS = 1 << 15;

    private final String name;
    private final int channels;
    private final int height;
    private final int width;
    private final int special;
    private final int length;
    private final Pixels pixels;

    /** The source of an image's numbers. */
    public interface Pixels {

        /**
         * Reads the numbers.
         *
         * @return normalized numbers [channels, height, width], in that order; readers do not modify them
         * @throws java.io.UncheckedIOException if a file cannot be read or decoded; the message names it
         */
        public float[] read();

        /** Announces that {@link #read} will be called soon. */
        default void prepare() {}

        /**
         * Returns an identifier of the pixels, such as a checksum of the file; empty if unknown.
         *
         * @throws java.io.UncheckedIOException if a file cannot be read; the message names it
         */
        default String fingerprint() {
            return "";
        }

        /** Returns the pixels in an epoch of a training, counted from 1. */
        default Pixels inEpoch(int epoch) {
            return this;
        }
    }

    /**
     * Creates an image.
     *
     * @param name identifies the image in messages and checkpoints
     * @param patches the model's division into patches
     * @param pixels the image's numbers, with as many channels as the model reads; kept
     * @throws IllegalArgumentException if the image is smaller than a patch or has too many tokens
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

    /** The image's identifier. */
    public String name() {
        return name;
    }

    /** The {@linkplain Pixels#fingerprint fingerprint} of the pixels. */
    public String fingerprint() {
        return pixels.fingerprint();
    }

    /** The height in pixels. */
    public int height() {
        return height;
    }

    /** The width in pixels. */
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
     * Reads the image's numbers [channels, height, width].
     *
     * @throws java.io.UncheckedIOException if a file cannot be read or decoded; the message names it
     * @throws IllegalStateException if their count is wrong
     */
    public float[] read() {
        float[] numbers = pixels.read();
        if (numbers.length != channels * height * width) {
            throw new IllegalStateException("image " + name + ": " + numbers.length + " numbers, expected " + channels
                    + " channels of " + width + " x " + height);
        }
        return numbers;
    }
}
