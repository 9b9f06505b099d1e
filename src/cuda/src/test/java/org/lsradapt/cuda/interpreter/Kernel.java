package org.lsradapt.cuda.interpreter;

import java.util.List;

/**
 * A parsed kernel.
 *
 * @param name its name
 * @param parameterBytes of each parameter
 * @param steps its instructions
 * @param rows how many rows of 32 numbers a warp needs
 * @param constants rows that hold one number for all lanes
 * @param specials rows that hold special registers
 * @param sharedBytes of a block
 * @param localBytes of a thread
 * @param mostThreads of a block
 */
record Kernel(
        String name,
        List<Integer> parameterBytes,
        List<Step> steps,
        int rows,
        List<Constant> constants,
        List<Special> specials,
        int sharedBytes,
        int localBytes,
        int mostThreads) {

    record Constant(int row, long bits) {}

    record Special(int row, String name) {}
}
