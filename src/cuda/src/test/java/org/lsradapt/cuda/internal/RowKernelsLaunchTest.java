package org.lsradapt.cuda.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.lsradapt.cuda.internal.kernels.KernelSources;
import org.lsradapt.cuda.internal.kernels.RowKernels;
import org.lsradapt.cuda.interpreter.InterpretedDriver;

/** More rows than a grid has blocks along y, as in batches of 32 texts of 2,048 tokens. */
class RowKernelsLaunchTest {
    private static final int ROWS = 65_537;

    @Test
    void gatherAndScatter_moreRowsThanBlocksAlongY_moveEachRow() {
        try (Device device = new InterpretedDriver().open(0);
                Bench bench = new Bench(device, new Findings())) {
            RowKernels kernels = new RowKernels(device, KernelSources.load(device, "rows"));
            double[] reversed = new double[ROWS];
            double[] numbers = new double[ROWS];
            for (int i = 0; i < ROWS; i++) {
                reversed[i] = ROWS - 1.0 - i;
                numbers[i] = i;
            }
            long ids = bench.up(ElementType.I32, reversed);
            long gathered = bench.up(ElementType.F32, new double[ROWS]);
            long back = bench.up(ElementType.F32, new double[ROWS]);
            kernels.gather(bench.up(ElementType.F32, numbers), ids, gathered, ROWS, 1);
            kernels.scatter(gathered, ids, back, ROWS, 1);
            double[] moved = bench.down(ElementType.F32, gathered, ROWS);
            double[] again = bench.down(ElementType.F32, back, ROWS);
            for (int i = 0; i < ROWS; i++) {
                assertEquals(reversed[i], moved[i]);
                assertEquals(numbers[i], again[i]);
            }
        }
    }
}
