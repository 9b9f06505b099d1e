package org.lsradapt.transformer.parts;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Makes the first hidden states, a row per token, from a model's input. */
public sealed interface Embeddings {

    /** The width of the rows that come out. */
    int width();

    /** The linear layer that rows come through, which is not adapted; empty for none. */
    Optional<Linear> projection();

    /** Normalizes the rows; empty for none. */
    Optional<Norm> norm();

    /**
     * Tokens of a text in: the sum of a word, a position and a type embedding, normalized, projected and normalized where
     * a family does so.
     *
     * @param words a row per token id
     * @param positions a row per position; empty where attention alone knows of positions
     * @param padding RoBERTa's rule: positions begin behind the row of this token id, and the token itself has that row
     *     and is not counted; empty where they begin with row 0
     * @param types a row per token type; empty for none
     * @param summed normalizes the sum before the projection; empty for none
     * @param projection from the tables' width to the model's; empty where they are the same
     * @param norm normalizes what comes out; empty for none
     * @param scale factor of the sum of the embeddings
     */
    record Tokens(
            Table words,
            Optional<Table> positions,
            OptionalInt padding,
            Optional<Table> types,
            Optional<Norm> summed,
            Optional<Linear> projection,
            Optional<Norm> norm,
            double scale)
            implements Embeddings {

        /** Checks the scale. */
        public Tokens {
            Sizes.require(
                    scale > 0 && Double.isFinite(scale),
                    "embeddings are multiplied by " + scale + ", expected a number above 0");
        }

        /** Embeddings as the tables have them. */
        public Tokens(
                Table words,
                Optional<Table> positions,
                OptionalInt padding,
                Optional<Table> types,
                Optional<Norm> summed,
                Optional<Linear> projection,
                Optional<Norm> norm) {
            this(words, positions, padding, types, summed, projection, norm, 1);
        }

        /** Words alone, multiplied by a factor. */
        public static Tokens words(Table words, double scale) {
            return new Tokens(
                    words,
                    Optional.empty(),
                    OptionalInt.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    scale);
        }

        /** Without a normalization before the projection. */
        public Tokens(
                Table words,
                Optional<Table> positions,
                OptionalInt padding,
                Optional<Table> types,
                Optional<Linear> projection,
                Optional<Norm> norm) {
            this(words, positions, padding, types, Optional.empty(), projection, norm);
        }

        @Override
        public int width() {
            return projection.map(Linear::out).orElse(words.width());
        }
    }

    /**
     * An image in, as a vision transformer reads it (Dosovitskiy et al., arXiv 2010.11929): a token for each square of
     * pixels, its numbers (channel by channel, each row by row) through a linear layer, behind tokens that are the same
     * for all images. Each gets the embedding of its position. Positions of an image of another size than the
     * configured one are interpolated. Registers (Darcet et al., arXiv 2309.16588) are tokens between the two that have
     * no position.
     *
     * @param patch from channels·size² numbers to the model's width; files have it as a convolution
     * @param special tables of one row: the class token, and others of its kind; may be none
     * @param registers a row for each register; empty for none
     * @param positions a row for each special token, then one for each patch of an image of the configured size
     * @param channels numbers per pixel
     * @param patchSize pixels on each side of a patch
     * @param imageSize pixels on each side of an image of the configured size
     * @param norm normalizes the sum; empty for none
     * @param interpolation how positions are interpolated
     */
    record Patches(
            Linear patch,
            List<Table> special,
            Optional<Table> registers,
            Table positions,
            int channels,
            int patchSize,
            int imageSize,
            Optional<Norm> norm,
            Interpolation interpolation)
            implements Embeddings {

        /** How positions of an image of another size are interpolated, as PyTorch's bicubic mode does. */
        public enum Interpolation {
            /** Cubic convolution of the four nearest in each direction. */
            CUBIC,
            /** The same kernel with a = -0.5, widened where positions become fewer ({@code antialias=True}). */
            ANTIALIASED
        }

        /** Without registers. */
        public Patches(
                Linear patch,
                List<Table> special,
                Table positions,
                int channels,
                int patchSize,
                int imageSize,
                Optional<Norm> norm) {
            this(
                    patch,
                    special,
                    Optional.empty(),
                    positions,
                    channels,
                    patchSize,
                    imageSize,
                    norm,
                    Interpolation.CUBIC);
        }

        /** Checks that the sizes fit together. */
        public Patches {
            special = List.copyOf(special);
            Sizes.requirePositive("number of channels", channels);
            Sizes.requirePositive("size of a patch", patchSize);
            Sizes.require(
                    imageSize >= patchSize,
                    "an image of " + imageSize + " pixels on each side has no patch of " + patchSize);
            long numbers = (long) channels * patchSize * patchSize;
            Sizes.require(
                    patch.in() == numbers,
                    patch.name() + " reads " + patch.in() + " numbers, a patch of " + patchSize + "x" + patchSize
                            + " pixels has " + numbers);
            long tokens = special.size() + (long) (imageSize / patchSize) * (imageSize / patchSize);
            Sizes.require(
                    positions.rows() == tokens,
                    positions.name() + " has " + positions.rows() + " rows, an image of " + imageSize
                            + " pixels on each side becomes " + tokens + " tokens");
        }

        /** How many tokens stand before the patches: special ones, then registers. */
        public int leading() {
            return special.size() + registers.map(Table::rows).orElse(0);
        }

        /** Patches on each side of an image of the configured size. */
        public int grid() {
            return imageSize / patchSize;
        }

        /**
         * How many tokens an image becomes; pixels beyond the last whole patch are not read.
         *
         * @param height in pixels
         * @param width in pixels
         */
        public int tokens(int height, int width) {
            return Math.addExact(leading(), Math.multiplyExact(height / patchSize, width / patchSize));
        }

        @Override
        public int width() {
            return patch.out();
        }

        @Override
        public Optional<Linear> projection() {
            return Optional.of(patch);
        }
    }
}
