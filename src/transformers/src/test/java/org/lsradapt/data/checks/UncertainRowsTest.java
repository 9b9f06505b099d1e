package org.lsradapt.data.checks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class UncertainRowsTest {

    @Test
    void of_returnsTheRowsWithTheSmallestMargins() {
        double[] margins =
                IntStream.range(0, 20).mapToDouble(row -> (7 * row) % 20).toArray();
        assertEquals(List.of(0, 3, 6, 9, 12), UncertainRows.of(margins, 5));
        assertEquals(20, UncertainRows.of(margins, 25).size());
        assertThrows(IllegalArgumentException.class, () -> UncertainRows.of(margins, 0));
    }
}
