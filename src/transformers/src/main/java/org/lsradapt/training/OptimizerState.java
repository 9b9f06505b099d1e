package org.lsradapt.training;

import java.io.IOException;
import java.util.Arrays;
import org.lsradapt.lsr.optimizer.AdamW;

/** The state of an optimizer in a checkpoint: the number of steps, and the moments of each parameter. */
final class OptimizerState {

    private OptimizerState() {}

    static void keep(AdamW optimizer, StateStream state) throws IOException {
        int steps = state.number("the number of optimizer steps", optimizer.steps(), 0, Integer.MAX_VALUE - 1);
        optimizer.visit((mean, variance, born) -> {
            state.numbers(mean);
            state.numbers(variance);
            state.numbers(born);
            state.require(
                    Arrays.stream(variance).allMatch(v -> v >= 0),
                    "has a mean of squared gradients below 0, expected at least 0");
            state.require(
                    Arrays.stream(born).allMatch(b -> b >= 0 && b <= steps),
                    "has moments that begin before step 0 or after step %d, expected in between",
                    steps);
        });
        if (state.isReading()) {
            optimizer.resume(steps);
        }
    }
}
