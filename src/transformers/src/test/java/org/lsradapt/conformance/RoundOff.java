package org.lsradapt.conformance;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * The kit's tolerances, each from a bound on what any correct computation is off by, in whatever order it adds and whether or
 * not it fuses: a sum of n terms is off by at most n · u times the sum of their absolute values, u being the unit round-off
 * (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 4.2). With terms of random sign that is n · u of
 * results of the usual size, because errors grow as √n (Higham and Mary, SIAM J. Sci. Comput. 41, 2019) and the sum of the
 * absolute values is √n times such a result. What follows multiplies it by its condition number. A tolerance is the power of
 * ten above its bound.
 */
final class RoundOff {

    /** Terms of the longest sum of a case. */
    private static final int LONGEST = 150;

    private RoundOff() {}

    /** Of numbers that are drawn: a product of a few functions, each of which is off by a unit. */
    static double draws() {
        return bound(DataType.DOUBLE, 8, 1);
    }

    /** Of a sum of a few terms in single precision. */
    static double terms() {
        return bound(DataType.FLOAT, 16, 1);
    }

    /** Of sums of products. */
    static double sums(DataType type) {
        return bound(type, LONGEST, 1);
    }

    /** Of products of sums, and of norms of sums that cancel to a fiftieth of their terms. */
    static double products() {
        return sumsTimes(50);
    }

    /**
     * Of what is solved or trained from sums.
     *
     * @param condition by how much it grows what its inputs are off by: the inverse of the gap between singular values, say
     */
    static double sumsTimes(double condition) {
        return bound(DataType.DOUBLE, LONGEST, condition);
    }

    private static double bound(DataType type, int length, double condition) {
        double unit = Math.ulp(1.0) / 2 * (type == DataType.FLOAT ? 1L << 29 : 1);
        return KitFiles.powerOfTen((int) Math.ceil(Math.log10(length * unit * condition)));
    }
}
