package org.lsradapt.cuda.internal.pass;

/** The product of A [in, rank] and B [rank, out] of an adapter on a device. */
record LowRank(int in, int rank, int out, double scaling, Engine.Matrix a, Engine.Matrix b) {

    /** hidden ← x·A, y ← y + c·hidden·B. */
    void add(Engine engine, Engine.Matrix x, Engine.Factor hidden, Engine.Matrix y, int rows) {
        engine.multiply(x, a, false, new Engine.Matrix(hidden.numbers(), rank), rows, rank, in, 1, 0);
        engine.round(hidden, rows, rank);
        engine.multiply(hidden.rounded(), b, false, y, rows, out, rank, scaling, 1);
    }
}
