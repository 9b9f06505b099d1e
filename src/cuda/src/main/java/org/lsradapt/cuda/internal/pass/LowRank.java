package org.lsradapt.cuda.internal.pass;

import org.lsradapt.cuda.internal.Arena;

/** The product of A [in, rank] and B [rank, out] of an adapter on a device. */
record LowRank(int in, int rank, int out, double scaling, Engine.Matrix a, Engine.Matrix b) {

    /** Room for x·A. */
    Engine.Matrix hidden(Arena arena, int rows) {
        return new Engine.Matrix(arena.floats(rows, rank), rank);
    }

    /** hidden ← x·A, y ← y + c·hidden·B. */
    void add(Engine engine, Engine.Matrix x, Engine.Matrix hidden, Engine.Matrix y, int rows) {
        engine.multiply(x, a, false, hidden, rows, rank, in, 1, 0);
        engine.multiply(hidden, b, false, y, rows, out, rank, scaling, 1);
    }
}
