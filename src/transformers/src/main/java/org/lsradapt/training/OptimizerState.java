package org.lsradapt.training;

import java.io.IOException;
import java.util.Arrays;
import org.lsradapt.lsr.optimizer.AdamW;

/** What a checkpoint keeps of an optimizer: the number of steps, and the moments of each parameter. */
final class OptimizerState {

    private OptimizerState() {}

    static void save(AdamW optimizer, StateWriter out) throws IOException {
        out.number(optimizer.steps());
        optimizer.visit((mean, variance, born) -> {
            out.numbers(mean);
            out.numbers(variance);
            out.numbers(born);
        });
    }

    static void restore(AdamW optimizer, StateReader in) throws IOException {
        int steps = in.number("the number of optimizer steps", 0, Integer.MAX_VALUE - 1);
        optimizer.visit((mean, variance, born) -> {
            in.numbers(mean);
            in.numbers(variance);
            in.numbers(born);
            in.require(
                    Arrays.stream(variance).allMatch(v -> v >= 0),
                    "has a mean of squared gradients below 0, expected at least 0");
            in.require(
                    Arrays.stream(born).allMatch(b -> b >= 0 && b <= steps),
                    "has moments that begin before step 0 or after step %d, expected in between",
                    steps);
        });
        optimizer.resume(steps);
    }
}
