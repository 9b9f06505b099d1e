package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ParallelTest {

    @Test
    void map_manyElements_keepsTheirOrder() {
        List<Integer> numbers = IntStream.range(0, 1000).boxed().toList();
        assertEquals(numbers.stream().map(i -> "n" + i).toList(), Parallel.map(numbers, i -> "n" + i));
        assertEquals(List.of(), Parallel.map(List.of(), i -> i));
    }

    @Test
    void map_elementsThatFail_throwsWhatTheFirstThrew() {
        List<Integer> numbers = IntStream.range(0, 100).boxed().toList();
        RuntimeException thrown = assertThrows(
                IllegalArgumentException.class,
                () -> Parallel.map(numbers, i -> {
                    Require.argument(i < 40 || i % 2 == 0, "element %d", i);
                    return i;
                }));
        assertEquals("element 41", thrown.getMessage());
    }
}
