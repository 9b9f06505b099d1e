package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class BackendsTest {
    @Test
    void choose_byName_givesThatBackend() {
        assertInstanceOf(CpuBackend.class, Backends.choose("cpu"));
        assertInstanceOf(Nd4jBackend.class, Backends.choose("ND4J"));
    }

    @Test
    void choose_withoutAName_givesTheFastestOnThisClassPath() {
        assertInstanceOf(CpuBackend.class, Backends.choose(""));
    }

    @Test
    void choose_ofAnUnknownName_isRefusedWithThoseThereAre() {
        String message = assertThrows(IllegalArgumentException.class, () -> Backends.choose("gpu"))
                .getMessage();
        assertEquals("lsradapt.backend is 'gpu', expected cpu or nd4j", message);
    }

    @Test
    void lanes_ofABackendThatLeavesThreadsToNd4j_areOne() {
        assertEquals(1, new ReferenceBackend().lanes());
        assertEquals(1, Backends.choose("nd4j").lanes());
    }

    @Test
    void standard_isOneForTheProcess() {
        Backend backend = Backends.standard();
        assertInstanceOf(CpuBackend.class, backend);
        assertSame(backend, Backends.standard());
    }
}
