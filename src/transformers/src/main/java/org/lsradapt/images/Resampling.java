package org.lsradapt.images;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;

/**
 * The filters for resizing pictures, as in Pillow: a convolution whose filter is widened by the scale if the picture
 * shrinks, in fixed-point numbers of 22 bits, across rows and then down columns, each pass rounded to eight bits. If a
 * picture loses more than twice as many rows as columns, columns come first. That is the rule of Pillow 13
 * (Resample.c). Earlier versions always start with rows; some of their samples of tall pictures differ by one. The
 * constants are in the order of Pillow's numbers.
 */
enum Resampling {
    /** The pixel that covers the centre. */
    NEAREST(0, x -> 1),
    /** sinc(x)·sinc(x/3) within 3. */
    LANCZOS(3, x -> -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0),
    /** 1 − |x| within 1. */
    BILINEAR(1, x -> Math.max(0, 1 - Math.abs(x))),
    /** Keys' cubic convolution with a = −0.5, within 2. */
    BICUBIC(2, Resampling::cubic),
    /** 1 within ½. */
    BOX(0.5, x -> x > -0.5 && x <= 0.5 ? 1 : 0),
    /** sinc(x)·(0.54 + 0.46·cos πx) within 1. */
    HAMMING(1, Resampling::hamming);

    private static final int PRECISION = 22;

    private final double support;
    private final DoubleUnaryOperator filter;

    Resampling(double support, DoubleUnaryOperator filter) {
        this.support = support;
        this.filter = filter;
    }

    /** Returns the filter with a number in {@code preprocessor_config.json}; empty for an unknown number. */
    static Optional<Resampling> numbered(int code) {
        return Arrays.stream(values()).skip(Math.max(0, code)).findFirst().filter(found -> code >= 0);
    }

    private static double sinc(double x) {
        return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }

    private static double cubic(double signed) {
        double x = Math.abs(signed);
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }

    private static double hamming(double signed) {
        double x = Math.abs(signed);
        if (x == 0) {
            return 1;
        }
        return x >= 1 ? 0 : sinc(x) * (0.54f + 0.46f * Math.cos(Math.PI * x));
    }

    Picture resize(Picture picture, int width, int height) {
        if (width == picture.width() && height == picture.height()) {
            return picture;
        }
        if (this == NEAREST) {
            int[] columns = nearest(picture.width(), width);
            int[] rows = nearest(picture.height(), height);
            return picture.turned((x, y) -> rows[y] * picture.width() + columns[x], width, height);
        }
        int lost = picture.height() - height;
        boolean downFirst = lost > 0 && lost > 2 * (picture.width() - width);
        return downFirst ? across(down(picture, height), width) : down(across(picture, width), height);
    }

    /** Adds up places as Pillow does. */
    private static int[] nearest(int from, int to) {
        int[] places = new int[to];
        double scale = (double) from / to;
        double place = scale * 0.5;
        for (int i = 0; i < to; i++) {
            places[i] = Math.min(from - 1, (int) place);
            place += scale;
        }
        return places;
    }

    private Picture across(Picture picture, int width) {
        if (width == picture.width()) {
            return picture;
        }
        Weights weights = new Weights(picture.width(), width);
        int channels = picture.channels();
        byte[] from = picture.samples();
        byte[] to = new byte[width * picture.height() * channels];
        int at = 0;
        for (int y = 0; y < picture.height(); y++) {
            int row = y * picture.width() * channels;
            for (int x = 0; x < width; x++) {
                int[] own = weights.weights[x];
                for (int c = 0; c < channels; c++) {
                    int sum = 1 << (PRECISION - 1);
                    int place = row + weights.first[x] * channels + c;
                    for (int weight : own) {
                        sum += (from[place] & 0xff) * weight;
                        place += channels;
                    }
                    to[at++] = rounded(sum);
                }
            }
        }
        return new Picture(width, picture.height(), channels, to);
    }

    private Picture down(Picture picture, int height) {
        if (height == picture.height()) {
            return picture;
        }
        Weights weights = new Weights(picture.height(), height);
        int length = picture.width() * picture.channels();
        byte[] from = picture.samples();
        byte[] to = new byte[length * height];
        int[] sums = new int[length];
        for (int y = 0; y < height; y++) {
            Arrays.fill(sums, 1 << (PRECISION - 1));
            int row = weights.first[y] * length;
            for (int weight : weights.weights[y]) {
                for (int i = 0; i < length; i++) {
                    sums[i] += (from[row + i] & 0xff) * weight;
                }
                row += length;
            }
            for (int i = 0; i < length; i++) {
                to[y * length + i] = rounded(sums[i]);
            }
        }
        return new Picture(picture.width(), height, picture.channels(), to);
    }

    private static byte rounded(int sum) {
        return (byte) Math.max(0, Math.min(255, sum >> PRECISION));
    }

    /** For each new place, the weights of old places, starting at {@code first}. */
    private final class Weights {
        final int[] first;
        final int[][] weights;

        Weights(int from, int to) {
            first = new int[to];
            weights = new int[to][];
            double scale = (double) from / to;
            double widened = Math.max(1, scale);
            double reach = support * widened;
            for (int i = 0; i < to; i++) {
                double centre = (i + 0.5) * scale;
                first[i] = Math.max(0, (int) (centre - reach + 0.5));
                int end = Math.min(from, (int) (centre + reach + 0.5));
                double[] exact = new double[end - first[i]];
                double sum = 0;
                for (int j = 0; j < exact.length; j++) {
                    exact[j] = filter.applyAsDouble((j + first[i] - centre + 0.5) * (1 / widened));
                    sum += exact[j];
                }
                weights[i] = new int[exact.length];
                for (int j = 0; j < exact.length; j++) {
                    double share = sum == 0 ? exact[j] : exact[j] / sum;
                    weights[i][j] = (int) (Math.copySign(0.5, share) + share * (1 << PRECISION));
                }
            }
        }
    }
}
