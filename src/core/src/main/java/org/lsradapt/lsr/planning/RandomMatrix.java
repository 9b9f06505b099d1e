package org.lsradapt.lsr.planning;

/**
 * Energy in the largest singular values of a P×Q matrix of independent normal numbers, in the limit of large P and Q
 * (Marchenko and Pastur 1967).
 *
 * <p>With β = P/Q ≤ 1 the squares of the singular values over Q lie at x = 1 + β + 2√β·cos θ, 0 ≤ θ ≤ π. Those with
 * an angle below θ are a part t(θ) = (2/π)·∫₀^θ sin²φ / (1 + β + 2√β·cos φ) dφ of all, which has a closed form, and
 * hold the part (θ − sin θ·cos θ)/π of the energy.
 */
final class RandomMatrix {
    /** Below this β all singular values are the same to working precision of the closed form. */
    private static final double FLAT = 1e-7;

    private RandomMatrix() {}

    /** The part of ‖M‖²_F in the s largest of min(P, Q) singular values. */
    static double energyOfLargest(long s, long p, long q) {
        long shorter = Math.min(p, q);
        double part = Math.min(1, (double) s / shorter);
        double beta = (double) shorter / Math.max(p, q);
        if (part == 1 || beta < FLAT) {
            return part;
        }
        double low = 0;
        double high = Math.PI;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (count(middle, beta) < part) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low - Math.sin(low) * Math.cos(low)) / Math.PI;
    }

    /** t(θ). */
    private static double count(double theta, double beta) {
        double root = Math.sqrt(beta);
        double turn = Math.atan((1 - root) / (1 + root) * Math.tan(theta / 2));
        return 2
                / Math.PI
                * ((1 + beta) * theta / (4 * beta) - Math.sin(theta) / (2 * root) - (1 - beta) / (2 * beta) * turn);
    }
}
