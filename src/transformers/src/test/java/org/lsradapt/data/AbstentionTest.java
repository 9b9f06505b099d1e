package org.lsradapt.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AbstentionTest {

    /** Examples of class 0. */
    private static List<Example> zeros(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Example("text " + i, null).labelled(new Label.Category(0)))
                .toList();
    }

    /** Logits of a row whose probable class, 0 if it is right, has this log-odds. */
    private static double[] row(double odds, boolean right) {
        return right ? new double[] {odds, 0} : new double[] {0, odds};
    }

    private static double probability(double odds) {
        return 1 / (1 + Math.exp(-odds));
    }

    /** Twenty rows from the surest to the least sure; those at 12 and from 16 on are wrong. */
    private static double[][] rows() {
        return IntStream.range(0, 20)
                .mapToObj(i -> row(4.1 - 0.19 * i, i != 12 && i < 16))
                .toArray(double[][]::new);
    }

    @Test
    void choose_takesLowestThreshold_notTheFirstThatFails() {
        // 15 of the first 16 rows are right, 12 of 12, 12 of 13.
        Abstention chosen = Abstention.choose(0.93, zeros(20), rows()).orElseThrow();
        double between = (probability(4.1 - 0.19 * 15) + probability(4.1 - 0.19 * 16)) / 2;
        assertEquals(between, chosen.threshold(), 1e-12);
        assertEquals(new Abstention(chosen.threshold(), 20, 16, 15), chosen);
        assertEquals(chosen, Abstention.at(chosen.threshold(), zeros(20), rows()));
        Abstention surer = Abstention.choose(0.95, zeros(20), rows()).orElseThrow();
        assertEquals(12, surer.answered());
        assertEquals(12, surer.right());
    }

    @Test
    void choose_answersAll_ifAllReachThePrecision() {
        Abstention all = Abstention.choose(0.75, zeros(20), rows()).orElseThrow();
        assertEquals(20, all.answered());
        assertTrue(all.threshold() > 0 && all.threshold() < probability(4.1 - 0.19 * 19), all.toString());
    }

    @Test
    void choose_isEmpty_whereFewerThanTenRowsReachThePrecision() {
        double[][] rows = rows();
        rows[8] = row(4.1 - 0.19 * 8, false);
        assertEquals(Optional.empty(), Abstention.choose(0.95, zeros(20), rows));
        assertEquals(9, Abstention.at(0.9, zeros(20), new double[20][2]).rows() - 11);
        assertEquals(
                "no threshold with at least 10 answered rows reaches the precision 0.95; every row is answered, and no threshold is"
                        + " saved",
                Abstention.describeNone(0.95));
    }

    @Test
    void equalProbabilities_areAnsweredTogether() {
        double[][] rows = IntStream.range(0, 14)
                .mapToObj(i -> row(i < 12 ? 2.3 : 1.1, i != 11))
                .toArray(double[][]::new);
        assertEquals(Optional.empty(), Abstention.choose(0.95, zeros(14), rows));
        assertEquals(14, Abstention.choose(0.9, zeros(14), rows).orElseThrow().answered());
    }

    @Test
    void describe_hasSharesWithIntervals() {
        assertEquals(
                "answers from probability 0.8125, 0.8000 (0.584 to 0.919) of 20 rows, with precision 0.9375 (0.717 to 0.989)",
                new Abstention(0.8125, 20, 16, 15).describe());
        assertEquals(
                "answers from probability 0.9000, 0.0000 (0.000 to 0.161) of 20 rows",
                new Abstention(0.9, 20, 0, 0).describe());
    }

    @Test
    void precisions_outsideOfZeroToOne_areRefused() {
        for (double precision : new double[] {0, 1, -0.5, Double.NaN}) {
            String message = assertThrows(
                            IllegalArgumentException.class, () -> Abstention.choose(precision, zeros(20), rows()))
                    .getMessage();
            assertTrue(message.contains("expected one above 0 and below 1"), message);
        }
    }
}
