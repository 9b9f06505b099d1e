package org.lsradapt.transformer.internal.weights;

import org.lsradapt.transformer.parts.Embeddings;
import org.lsradapt.transformer.parts.Embeddings.Patches.Interpolation;

/**
 * Embeddings of patch positions for images of any size. Those of the configured size are interpolated like PyTorch's
 * {@code interpolate(mode="bicubic", align_corners=False)}, by Keys' cubic convolution (Keys, IEEE Trans. ASSP 29,
 * 1981, equation 15). With a = −0.75, the numbers at the border are repeated beyond it. With {@code antialias=True}, a
 * is −0.5, the kernel is widened where the number of positions shrinks, and the weights within the border are divided
 * by their sum.
 */
public final class ImagePositions {

    private ImagePositions() {}

    /**
     * Interpolates the rows for a grid of patches.
     *
     * @param table rows of special tokens, then rows of the patches of the configured size; not modified
     * @return rows of special tokens, unchanged, then zeros for each register, then rows of the patches
     */
    public static double[][] rows(double[][] table, Embeddings.Patches parts, int down, int across) {
        int special = parts.special().size();
        int leading = parts.leading();
        int grid = parts.grid();
        double[][] rows = new double[leading + down * across][parts.width()];
        for (int i = 0; i < special; i++) {
            rows[i] = table[i].clone();
        }
        for (int y = 0; y < down; y++) {
            Weights vertical = Weights.of(parts.interpolation(), y, grid, down);
            for (int x = 0; x < across; x++) {
                Weights horizontal = Weights.of(parts.interpolation(), x, grid, across);
                double[] sum = rows[leading + y * across + x];
                for (int i = 0; i < vertical.places.length; i++) {
                    for (int j = 0; j < horizontal.places.length; j++) {
                        double weight = vertical.weights[i] * horizontal.weights[j];
                        double[] row = table[special + vertical.places[i] * grid + horizontal.places[j]];
                        for (int k = 0; k < sum.length; k++) {
                            sum[k] += weight * row[k];
                        }
                    }
                }
            }
        }
        return rows;
    }

    /** The neighbours of a place, and the weight of each. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Weights(int[] places, double[] weights) {

        static Weights of(Interpolation interpolation, int place, int from, int to) {
            return interpolation == Interpolation.CUBIC ? cubic(place, from, to) : antialiased(place, from, to);
        }

        private static Weights cubic(int place, int from, int to) {
            double source = (double) from / to * (place + 0.5) - 0.5;
            int below = (int) Math.floor(source);
            Weights weights = new Weights(new int[4], new double[4]);
            for (int i = 0; i < 4; i++) {
                int neighbour = below - 1 + i;
                weights.places[i] = Math.max(0, Math.min(from - 1, neighbour));
                weights.weights[i] = kernel(source - neighbour, -0.75);
            }
            return weights;
        }

        private static Weights antialiased(int place, int from, int to) {
            double scale = (double) from / to;
            double widened = Math.max(scale, 1);
            double centre = scale * (place + 0.5);
            int first = Math.max(0, (int) (centre - 2 * widened + 0.5));
            int end = Math.min(from, (int) (centre + 2 * widened + 0.5));
            Weights weights = new Weights(new int[end - first], new double[end - first]);
            double sum = 0;
            for (int i = 0; i < end - first; i++) {
                weights.places[i] = first + i;
                weights.weights[i] = kernel((first + i - centre + 0.5) / widened, -0.5);
                sum += weights.weights[i];
            }
            for (int i = 0; i < end - first; i++) {
                weights.weights[i] /= sum;
            }
            return weights;
        }

        private static double kernel(double at, double a) {
            double distance = Math.abs(at);
            if (distance < 1) {
                return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
            }
            return distance < 2 ? ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a : 0;
        }
    }
}
