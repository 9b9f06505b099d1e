package org.lsradapt.transformer.parts;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Computes the first hidden states, a row per token, from a model's input. */
public sealed interface Embeddings {

    /** The width of the resulting rows. */
    int width();

    /** The linear layer that produces the rows, which is not adapted; empty for none. */
    Optional<Linear> projection();

    /** The normalization of the rows; empty for none. */
    Optional<Norm> norm();

    /**
     * Embeddings of a text's tokens: the sum of a word, a position and a type embedding, optionally normalized,
     * projected and normalized again.
     *
     * @param words a row per token id
     * @param positions a row per position; empty if only attention depends on positions
     * @param padding RoBERTa's rule: positions begin after the row of this token id; the token itself has that row and
     *     is not counted; empty if positions begin with row 0
     * @param types a row per token type; empty for none
     * @param summed normalization of the sum before the projection; empty for none
     * @param projection from the tables' width to the model's; empty if they are equal
     * @param norm normalization of the result; empty for none
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

        /** Creates embeddings of words only, multiplied by a factor. */
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

        /** Creates embeddings with a scale of 1 and without a normalization before the projection. */
        public Tokens(
                Table words,
                Optional<Table> positions,
                OptionalInt padding,
                Optional<Table> types,
                Optional<Linear> projection,
                Optional<Norm> norm) {
            this(words, positions, padding, types, Optional.empty(), projection, norm, 1);
        }

        @Override
        public int width() {
            return projection.map(Linear::out).orElse(words.width());
        }
    }

    /**
     * Embeddings of an image, as in a vision transformer (Dosovitskiy et al., arXiv 2010.11929). Each square of pixels
     * becomes a token: its numbers (channel by channel, each row by row) pass through a linear layer. Tokens that are
     * the same for all images come before the patches. Each token gets the embedding of its position. If an image does
     * not have the configured size, positions are interpolated. Registers (Darcet et al., arXiv 2309.16588) are tokens
     * between the two that have no position.
     *
     * @param patch from channels·size² numbers to the model's width; a convolution in files
     * @param special tables of one row: the class token and similar tokens; may be empty
     * @param registers a row for each register; empty for none
     * @param positions a row for each special token, then one for each patch of an image of the configured size
     * @param channels numbers per pixel
     * @param patchSize length of a patch's side in pixels
     * @param imageSize length of the side of an image of the configured size in pixels
     * @param norm normalization of the sum; empty for none
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

        /** The interpolation of positions for an image of another size, as in PyTorch's bicubic mode. */
        public enum Interpolation {
            /** Cubic convolution of the four nearest positions in each direction. */
            CUBIC,
            /**
             * The same kernel with a = -0.5, widened where the number of positions shrinks ({@code antialias=True}).
             */
            ANTIALIASED
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

        /** The number of tokens before the patches: special tokens, then registers. */
        public int leading() {
            return special.size() + registers.map(Table::rows).orElse(0);
        }

        /** The number of patches on each side of an image of the configured size. */
        public int grid() {
            return imageSize / patchSize;
        }

        /** Returns the number of tokens of an image of pixels; those beyond the last whole patch are not read. */
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
