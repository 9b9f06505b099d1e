package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlignedMemoryTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 15, 64, 1000, 1 << 20})
    void memory_ofAnyType_beginsAtACacheLineAndHoldsTheNumbers(long numbers) {
        Pointer[] all = {AlignedMemory.floats(numbers), AlignedMemory.brains(numbers), AlignedMemory.bytes(numbers)};
        for (Pointer memory : all) {
            assertEquals(0, memory.address() % 64, memory.toString());
            assertTrue(memory.capacity() >= numbers, memory.toString());
            Pointer.memset(memory, 0, numbers * memory.sizeof());
            memory.close();
            assertTrue(memory.isNull());
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 16, 63, 64, 127})
    void behind_anyAddress_isTheNextMultiple(long address) {
        int behind = AlignedMemory.behind(address);
        assertEquals(0, (address + behind) % 64);
        assertTrue(behind >= 0 && behind < 64);
    }
}
