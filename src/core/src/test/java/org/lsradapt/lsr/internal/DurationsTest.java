package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DurationsTest {

    @Test
    void format_hasTwoDigitsOrSo() {
        assertEquals("4.2 s", Durations.format(4.21));
        assertEquals("99 s", Durations.format(99.2));
        assertEquals("2 min", Durations.format(100));
        assertEquals("99 min", Durations.format(99 * 60));
        assertEquals("3 h 20 min", Durations.format(200 * 60));
    }
}
