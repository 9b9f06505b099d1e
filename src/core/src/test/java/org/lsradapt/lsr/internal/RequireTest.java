package org.lsradapt.lsr.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RequireTest {
    private final INDArray x = Nd4j.create(DataType.FLOAT, 8, 700);

    private static void assertRefused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void shape_fits_passes() {
        Require.shape("forward", "x", x, "in", 8, 700);
        Require.shape("forward", "x", x, "in", -1, 700);
        Require.shape("forward", "x", x, "in", 8, -1);
    }

    @Test
    void shape_another_isRefusedWithBothShapes() {
        assertRefused(
                "forward: x is [8, 700], expected [*, 768] (32 * 24)",
                () -> Require.shape("forward", "x", x, "32 * 24", -1, 768));
        assertRefused(
                "forward: x is [8, 700], expected [9, 700] (rows)",
                () -> Require.shape("forward", "x", x, "rows", 9, 700));
        assertRefused(
                "forward: x is [8, 700], expected [8] (a vector)",
                () -> Require.shape("forward", "x", x, "a vector", 8));
        assertRefused(
                "forward: x is [8, 700], expected [8, 700, 1] (a stack)",
                () -> Require.shape("forward", "x", x, "a stack", 8, 700, 1));
    }

    @Test
    void types_another_areRefused() {
        Require.realType("merge", "W", x);
        Require.realType("merge", "W", DataType.DOUBLE);
        assertRefused(
                "merge: W is INT, expected FLOAT or DOUBLE",
                () -> Require.realType("merge", "W", Nd4j.create(DataType.INT32, 2)));
        Require.type("merge", "out", x, DataType.FLOAT, "W");
        assertRefused(
                "merge: out is FLOAT, expected DOUBLE (as W)",
                () -> Require.type("merge", "out", x, DataType.DOUBLE, "W"));
    }

    @Test
    void apart_sharedMemory_isRefused() {
        Require.apart("forward", "x", x, "out", x.dup());
        assertRefused(
                "forward: out is x or shares memory with it, expected memory of its own",
                () -> Require.apart("forward", "x", x, "out", Views.rows(x, 7, 8)));
    }

    @Test
    void named_unknown_isRefusedWithAllNames() {
        Thread.State[] all = {Thread.State.NEW, Thread.State.BLOCKED};
        assertEquals(Thread.State.BLOCKED, Require.named("state", "BLOCKED", all, Thread.State::name));
        assertRefused(
                "unknown state 'WAITING', expected one of NEW, BLOCKED",
                () -> Require.named("state", "WAITING", all, Thread.State::name));
    }
}
