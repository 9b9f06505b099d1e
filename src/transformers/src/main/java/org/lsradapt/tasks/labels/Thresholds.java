package org.lsradapt.tasks.labels;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The lowest probabilities at which labels count as found. */
final class Thresholds {
    private static final double USUAL = 0.5;

    private Thresholds() {}

    /** σ(logit), which neither overflows nor is NaN for a finite logit. */
    static double probability(double logit) {
        return 1 / (1 + Math.exp(-logit));
    }

    /** Returns the thresholds at which logits divided by temperatures choose the same labels. */
    static List<Double> divided(List<Double> thresholds, List<Double> temperatures) {
        return IntStream.range(0, thresholds.size())
                .mapToObj(c -> {
                    double threshold = thresholds.get(c);
                    double logit = Math.log(threshold / (1 - threshold));
                    return Math.max(Double.MIN_VALUE, probability(logit / temperatures.get(c)));
                })
                .toList();
    }

    static List<Double> undone(List<Double> thresholds, List<Double> temperatures) {
        return divided(thresholds, temperatures.stream().map(one -> 1 / one).toList());
    }

    /**
     * Returns the threshold with the largest F1: halfway between two successive probabilities, or below all of them; of several, the one
     * nearest to 0.5.
     *
     * @param truth whether each example has the label
     * @param probabilities the label's probability for each example
     */
    static double best(boolean[] truth, double[] probabilities) {
        List<Integer> order = IntStream.range(0, truth.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -probabilities[i]))
                .toList();
        int there = (int) IntStream.range(0, truth.length).filter(i -> truth[i]).count();
        double best = USUAL;
        double largest = 0;
        int right = 0;
        for (int found = 1; found <= order.size(); found++) {
            double last = probabilities[order.get(found - 1)];
            right += truth[order.get(found - 1)] ? 1 : 0;
            double next = found == order.size() ? 0 : probabilities[order.get(found)];
            if (last == next && found < order.size()) {
                continue;
            }
            double f1 = 2.0 * right / (found + there);
            double middle = next + (last - next) / 2;
            double threshold = middle > next ? middle : last;
            boolean nearer = Math.abs(threshold - USUAL) < Math.abs(best - USUAL);
            if (right > 0 && (f1 > largest || (f1 == largest && nearer))) {
                largest = f1;
                best = threshold;
            }
        }
        return best;
    }
}
