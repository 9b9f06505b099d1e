package org.lsradapt.report.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {

    @Test
    void of_isMeanAndSampleDeviation() {
        Spread spread = Spread.of(List.of(1.0, 2.0, 6.0));
        assertEquals(3.0, spread.mean(), 1e-15);
        assertEquals(Math.sqrt(7), spread.deviation(), 1e-15);
        assertEquals("3.00 ± 2.65", spread.format(2));
    }

    @Test
    void ofOneNumber_hasNoDeviation() {
        assertEquals("0.500", Spread.of(List.of(0.5)).format(3));
        assertEquals(Double.NaN, Spread.of(List.of(0.5)).deviation());
    }
}
