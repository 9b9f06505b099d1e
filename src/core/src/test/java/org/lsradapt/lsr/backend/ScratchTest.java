package org.lsradapt.lsr.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.Test;

class ScratchTest {
    /** A smaller call that comes next would write to address 0. */
    @Test
    void grown_whereThereIsNoMemory_leavesWhatWasThere() {
        FloatPointer memory = Scratch.grown(new FloatPointer(0), 10, FloatPointer::new);
        assertThrows(
                OutOfMemoryError.class,
                () -> Scratch.grown(memory, 20, numbers -> {
                    throw new OutOfMemoryError();
                }));
        assertFalse(memory.isNull());
        assertSame(memory, Scratch.grown(memory, 10, FloatPointer::new));
        FloatPointer more = Scratch.grown(memory, 20, FloatPointer::new);
        assertEquals(20, more.capacity());
        assertTrue(memory.isNull());
        more.close();
    }
}
