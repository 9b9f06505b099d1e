package org.lsradapt.tasks;

/**
 * What part of the training data is held out where there is no evaluation data.
 *
 * @param <B> the builder that has these settings
 */
abstract class HoldingOut<B extends HoldingOut<B>> {

    static final double DEFAULT_FRACTION = 0.1;

    private double fraction = DEFAULT_FRACTION;
    private long seed;
    private boolean asked;

    /** This builder. */
    abstract B self();

    /**
     * The fraction of the training data to hold out, where no evaluation data is given; 0.1 by default.
     *
     * @param newFraction above 0, below 1
     * @return this
     * @throws IllegalArgumentException if it is not
     */
    public B heldOut(double newFraction) {
        if (!(newFraction > 0 && newFraction < 1)) {
            throw new IllegalArgumentException(
                    "held-out fraction is " + newFraction + ", expected a number above 0 and below 1");
        }
        fraction = newFraction;
        asked = true;
        return self();
    }

    /**
     * The seed of the choice what to hold out; 0 by default.
     *
     * @return this
     */
    public B seed(long newSeed) {
        seed = newSeed;
        return self();
    }

    double fraction() {
        return fraction;
    }

    long seed() {
        return seed;
    }

    /** Checks that evaluation data and a fraction were not both asked for. */
    void requireNoFraction(String evaluation) {
        if (asked) {
            throw new IllegalArgumentException("held-out fraction " + fraction + " and evaluation data (" + evaluation
                    + "): expected one or the other");
        }
    }
}
