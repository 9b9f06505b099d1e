package org.lsradapt.transformer;

import org.lsradapt.transformer.parts.Embeddings;

/**
 * The embeddings of the positions of patches for images of any size: those of the configured size are interpolated as
 * PyTorch's {@code interpolate(mode="bicubic", align_corners=False)} does, that is by Keys' cubic convolution with a =
 * −0.75 (Keys, IEEE Trans. ASSP 29, 1981, equation 15), and with the numbers at the border repeated beyond it.
 */
final class ImagePositions {
    private static final double A = -0.75;

    private ImagePositions() {}

    /**
     * Interpolates.
     *
     * @param table rows of special tokens, then of the patches of the configured size; not modified
     * @param parts the sizes
     * @param down patches from top to bottom
     * @param across patches from left to right
     * @return rows of special tokens, which are not changed, then of the patches
     */
    static double[][] rows(double[][] table, Embeddings.Patches parts, int down, int across) {
        int special = parts.special().size();
        int grid = parts.grid();
        double[][] rows = new double[special + down * across][];
        for (int i = 0; i < special; i++) {
            rows[i] = table[i].clone();
        }
        for (int y = 0; y < down; y++) {
            Weights vertical = new Weights(y, grid, down);
            for (int x = 0; x < across; x++) {
                Weights horizontal = new Weights(x, grid, across);
                double[] sum = new double[parts.width()];
                for (int i = 0; i < 4; i++) {
                    for (int j = 0; j < 4; j++) {
                        double weight = vertical.weights[i] * horizontal.weights[j];
                        double[] row = table[special + vertical.places[i] * grid + horizontal.places[j]];
                        for (int k = 0; k < sum.length; k++) {
                            sum[k] += weight * row[k];
                        }
                    }
                }
                rows[special + y * across + x] = sum;
            }
        }
        return rows;
    }

    /** The four neighbours of a place, and how much of each. */
    private static final class Weights {
        final int[] places = new int[4];
        final double[] weights = new double[4];

        Weights(int place, int from, int to) {
            double source = (double) from / to * (place + 0.5) - 0.5;
            int below = (int) Math.floor(source);
            double t = source - below;
            weights[0] = far(t + 1);
            weights[1] = near(t);
            weights[2] = near(1 - t);
            weights[3] = far(2 - t);
            for (int i = 0; i < 4; i++) {
                places[i] = Math.max(0, Math.min(from - 1, below - 1 + i));
            }
        }

        private static double near(double distance) {
            return ((A + 2) * distance - (A + 3)) * distance * distance + 1;
        }

        private static double far(double distance) {
            return ((A * distance - 5 * A) * distance + 8 * A) * distance - 4 * A;
        }
    }
}
