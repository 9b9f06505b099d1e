package org.lsradapt.finetuning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class ParameterSnapshotTest {
    private final INDArray parameters = Nd4j.create(DataType.FLOAT, 5);
    private final List<Object> freed = new ArrayList<>();
    private boolean lent = true;
    private final ParameterSnapshot<Object> copies =
            new ParameterSnapshot<>(() -> lent, List.of(parameters), Object::new, freed::add);

    private Object current() {
        return copies.use(copy -> copy);
    }

    @Test
    void use_copiesAgainWhereParametersWereWritten_andFreesWhatNoCallUses() {
        Object first = current();
        assertSame(first, current());
        Object second = copies.use(copy -> {
            parameters.putScalar(3, 1);
            Object other = current();
            assertEquals(List.of(), freed, "a call uses it");
            return other;
        });
        assertEquals(List.of(first), freed);
        assertSame(second, current());
        copies.close();
        assertEquals(List.of(first, second), freed);
    }

    @Test
    void use_ofParametersThatNobodyHas_doesNotReadThemAgain() {
        lent = false;
        Object first = current();
        parameters.addi(1);
        assertSame(first, current());
        lent = true;
        assertNotSame(first, current());
    }

    @Test
    void use_callThatFails_leavesNoUse() {
        assertThrows(
                IllegalStateException.class,
                () -> copies.use(copy -> {
                    throw new IllegalStateException();
                }));
        Object first = current();
        parameters.addi(1);
        current();
        assertEquals(List.of(first), freed);
    }

    @Test
    void use_ofClosedParameters_keepsTheCopy() {
        Object first = current();
        parameters.close();
        assertSame(first, current());
    }
}
