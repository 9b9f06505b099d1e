package org.lsradapt.report.internal.suite;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Expected values are by enumeration of all assignments of signs in exact fractions (Python's itertools and fractions). */
class PairedDifferencesTest {

    @Test
    void of_fewPairs_triesAllAssignments() {
        PairedDifferences seven =
                PairedDifferences.of(new double[] {0.013, 0.021, -0.004, 0.017, 0.009, -0.002, 0.011});
        assertEquals(7, seven.pairs());
        assertEquals(0.009285714285714286, seven.mean(), 1e-16);
        assertEquals(0.0035099469926419776, seven.standardError(), 1e-16);
        assertEquals(1.0 / 16, seven.p());
        assertTrue(seven.exact());
        PairedDifferences ten = PairedDifferences.of(
                new double[] {-0.013, 0.0271, -0.0043, -0.0171, -0.0093, 0.0022, 0.0119, -0.0307, 0.0054, -0.0158});
        assertEquals(219.0 / 512, ten.p());
        assertEquals(0.005247691555976462, ten.standardError(), 1e-16);
    }

    @Test
    void of_equalAndZeroDifferences_countsSumsThatRoundOffSetsApart() {
        assertEquals(
                3.0 / 8,
                PairedDifferences.of(new double[] {0.1, 0.1, -0.1, 0.1, 0.1}).p());
        assertEquals(
                1.0 / 2, PairedDifferences.of(new double[] {0.3, 0, 0.1, 0}).p());
        assertEquals(1, PairedDifferences.of(new double[] {0, 0, 0}).p());
    }

    @Test
    void of_oneOrNoPair_knowsNothing() {
        PairedDifferences one = PairedDifferences.of(new double[] {0.4});
        assertEquals(1, one.p());
        assertEquals(Double.NaN, one.standardError());
        PairedDifferences none = PairedDifferences.of(new double[0]);
        assertEquals(1, none.p());
        assertEquals(Double.NaN, none.mean());
    }

    /** The exact value, by counting sums of integers, is 0.052626; of 100,000 draws one standard deviation is 0.0007. */
    @Test
    void of_manyPairs_drawsTheSameAssignmentsEachTime() {
        double[] differences = {
            37, -12, 58, 21, -44, 63, 9, -5, 28, 77, -31, 16, 42, -19, 53, 8, -66, 24, 35, -2, 11, 47, -23, 30
        };
        PairedDifferences many = PairedDifferences.of(differences);
        assertFalse(many.exact());
        assertEquals(0.05262553691864014, many.p(), 5 * 0.00071);
        assertEquals(many.p(), PairedDifferences.of(differences).p());
        double[] clear = new double[24];
        Arrays.fill(clear, 0.01);
        assertEquals(1 / 100_001.0, PairedDifferences.of(clear).p());
    }

    @Test
    void of_twentyPairs_isExactStill() {
        double[] equal = new double[20];
        Arrays.fill(equal, 0.1);
        assertEquals(2 / Math.scalb(1.0, 20), PairedDifferences.of(equal).p());
    }

    @Test
    void holm_isTheLargestOfTheSmallerOnesTimesTheirNumber() {
        assertArrayEquals(
                new double[] {0.0393, 0.082, 0.0208, 0.31},
                PairedDifferences.holm(new double[] {0.0131, 0.041, 0.0052, 0.31}),
                1e-15);
        assertArrayEquals(
                new double[] {0.06, 0.06, 0.7}, PairedDifferences.holm(new double[] {0.021, 0.02, 0.7}), 1e-15);
        assertArrayEquals(new double[] {1, 1}, PairedDifferences.holm(new double[] {0.8, 0.6}));
        assertArrayEquals(new double[0], PairedDifferences.holm(new double[0]));
    }
}
