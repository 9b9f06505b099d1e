package org.lsradapt.data.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UncertainRowsTest {

    @Test
    void candidates_areFiveTimesAsManyWithTheSmallestMargins() {
        double[] margins =
                IntStream.range(0, 20).mapToDouble(row -> (7 * row) % 20).toArray();
        assertEquals(List.of(0, 3, 6, 9, 12, 15, 18, 1, 4, 7), UncertainRows.candidates(margins, 2));
        assertEquals(20, UncertainRows.candidates(margins, 5).size());
        assertThrows(IllegalArgumentException.class, () -> UncertainRows.candidates(margins, 0));
    }

    @Test
    void spread_takesTheFirstAndThenTheFarthest() {
        float[][] vectors = {{0, 0}, {0, 0.1f}, {5, 0}, {5, 5.5f}, {0, 0}};
        List<Integer> candidates = List.of(40, 41, 42, 43, 44);
        assertEquals(List.of(40, 43, 42), UncertainRows.spread(candidates, vectors, 3));
        assertEquals(List.of(40, 43, 42, 41, 44), UncertainRows.spread(candidates, vectors, 9));
    }
}
