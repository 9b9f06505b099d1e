package org.lsradapt.data.checks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;

/**
 * Chooses the rows whose labels a model would learn the most from: those that it is least certain of, and of these some that differ from
 * each other.
 *
 * <pre>{@code
 * List<Integer> candidates = UncertainRows.candidates(margins, 50);
 * List<Integer> chosen = UncertainRows.spread(candidates, vectorsOfCandidates, 50);
 * }</pre>
 */
public final class UncertainRows {
    /** The number of candidates for each row to choose. */
    private static final int CANDIDATES = 5;

    private UncertainRows() {}

    /**
     * Returns the rows with the smallest margins, five for each row to choose, smallest first.
     *
     * @param margins for each row how much more probable the answer is than the next one; not modified
     * @param count the number of rows to choose, at least 1
     */
    public static List<Integer> candidates(double[] margins, int count) {
        Require.argument(count >= 1, "uncertain rows: %d, expected at least 1", count);
        return IntStream.range(0, margins.length)
                .boxed()
                .sorted(Comparator.comparingDouble(row -> margins[row]))
                .limit((long) CANDIDATES * count)
                .toList();
    }

    /**
     * Chooses rows by greedy k-center: the first candidate, then repeatedly the one that is farthest from the chosen ones.
     *
     * @param candidates rows, most uncertain first
     * @param vectors the embedding of each candidate; not modified
     * @param count the number of rows to choose; all candidates if there are no more
     * @return the chosen rows, in the order in which they were chosen
     */
    public static List<Integer> spread(List<Integer> candidates, float[][] vectors, int count) {
        Require.argument(
                candidates.size() == vectors.length,
                "uncertain rows: %d candidates and %d vectors, expected as many",
                candidates.size(),
                vectors.length);
        double[] distances = new double[vectors.length];
        Arrays.fill(distances, Double.POSITIVE_INFINITY);
        List<Integer> chosen = new ArrayList<>();
        while (chosen.size() < Math.min(count, vectors.length)) {
            int next = largest(distances);
            chosen.add(candidates.get(next));
            for (int i = 0; i < vectors.length; i++) {
                distances[i] = Math.min(distances[i], distance(vectors[i], vectors[next]));
            }
            // A chosen row is never farther than another one, even of equal vectors.
            distances[next] = -1;
        }
        return chosen;
    }

    private static int largest(double[] values) {
        return IntStream.range(0, values.length)
                .reduce((best, i) -> values[i] > values[best] ? i : best)
                .orElseThrow();
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (double) (a[i] - b[i]);
        }
        return sum;
    }
}
