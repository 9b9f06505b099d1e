package org.lsradapt.images;

import java.util.Random;
import org.lsradapt.lsr.internal.Require;

/**
 * Random variations of images in training, new in each epoch and reproducible by the seed. Off by default.
 *
 * @param flip whether left and right are exchanged in half of the images
 * @param leastArea the least part of an image's area in a random crop, whose aspect ratio is 3:4 to 4:3 of the image's
 *     own; 1 for whole images
 * @param seed the seed of all random choices
 */
public record Augmentation(boolean flip, double leastArea, long seed) {

    /** Whole images without variations. */
    public static final Augmentation NONE = new Augmentation(false, 1, 0);

    private static final int TRIES = 10;

    /** Checks the range. */
    public Augmentation {
        Require.argument(
                leastArea > 0 && leastArea <= 1,
                "augmentation: least area %s, expected above 0 and up to 1",
                leastArea);
    }

    /** Returns the same variations with another seed. */
    public Augmentation withSeed(long other) {
        return new Augmentation(flip, leastArea, other);
    }

    /** Whether images are varied. */
    public boolean isOn() {
        return flip || leastArea < 1;
    }

    Picture apply(Picture picture, Random random) {
        Picture part = leastArea < 1 ? part(picture, random) : picture;
        return flip && random.nextBoolean() ? part.flipped() : part;
    }

    private Picture part(Picture picture, Random random) {
        for (int i = 0; i < TRIES; i++) {
            double area = leastArea + (1 - leastArea) * random.nextDouble();
            double ratio = Math.exp((2 * random.nextDouble() - 1) * Math.log(4.0 / 3));
            int width = (int) Math.round(picture.width() * Math.sqrt(area * ratio));
            int height = (int) Math.round(picture.height() * Math.sqrt(area / ratio));
            if (width >= 1 && height >= 1 && width <= picture.width() && height <= picture.height()) {
                return picture.crop(
                        random.nextInt(picture.width() - width + 1),
                        random.nextInt(picture.height() - height + 1),
                        width,
                        height);
            }
        }
        return picture;
    }
}
