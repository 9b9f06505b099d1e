package org.lsradapt.cli.training;

import java.security.SecureRandom;
import java.util.Random;

/** Random numbers that differ from run to run, and that {@code -Dlsradapt.seed} repeats. */
final class ReplayableRandom {
    private static final String SEED = "lsradapt.seed";

    private ReplayableRandom() {}

    /** Seeded by the system property, else at random; prints the seed of a test. */
    static Random of(Class<?> test) {
        long seed = Long.getLong(SEED, new SecureRandom().nextLong());
        System.out.printf("%s: repeat with -D%s=%d%n", test.getSimpleName(), SEED, seed);
        return new Random(seed);
    }
}
