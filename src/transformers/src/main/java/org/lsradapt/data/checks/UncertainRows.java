package org.lsradapt.data.checks;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;

/** Chooses the rows whose labels a model would learn the most from: those that it is least certain of. */
public final class UncertainRows {

    private UncertainRows() {}

    /** Returns at most {@code count} rows: those with the smallest margins between the two most probable answers, smallest first. */
    public static List<Integer> of(double[] margins, int count) {
        Require.argument(count >= 1, "uncertain rows: %d, expected at least 1", count);
        return IntStream.range(0, margins.length)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> margins[row]))
                .limit(count)
                .toList();
    }
}
