package org.lsradapt.objectives;

import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Require;

/**
 * How the next token is chosen from its logits z.
 *
 * @param temperature T: probabilities are softmax(z/T); 0 takes the most probable token, the first of several equal
 *     ones
 * @param topP only the most probable tokens are considered, as many as it takes for their probabilities to add up to
 *     this; 1 considers all (nucleus sampling, Holtzman et al., arXiv 1904.09751)
 * @param seed seed of the choices: the same prompt and seed give the same text on one machine, and seeds, also
 *     neighbouring ones, give choices that are independent of each other
 */
public record Sampling(double temperature, double topP, long seed) {

    /** Always the most probable token. */
    public static final Sampling GREEDY = new Sampling(0, 1, 0);

    /** Checks the ranges. */
    public Sampling {
        Require.argument(
                temperature >= 0 && Double.isFinite(temperature),
                "temperature is %s, expected a finite number >= 0",
                temperature);
        Require.argument(topP > 0 && topP <= 1, "top-p is %s, expected a number above 0 and at most 1", topP);
    }

    /** Chooses. */
    int choose(double[] logits, Random random) {
        if (temperature == 0) {
            return largest(logits);
        }
        double top = logits[largest(logits)];
        double[] weights = new double[logits.length];
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp((logits[i] - top) / temperature);
            total += weights[i];
        }
        double drawn = random.nextDouble();
        if (topP == 1) {
            return at(IntStream.range(0, weights.length).toArray(), weights, drawn * total);
        }
        int[] order = IntStream.range(0, weights.length)
                .boxed()
                .sorted((a, b) -> Double.compare(weights[b], weights[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        double sum = 0;
        int count = 0;
        while (count < order.length && sum < topP * total) {
            sum += weights[order[count++]];
        }
        return at(IntStream.of(order).limit(count).toArray(), weights, drawn * sum);
    }

    /** The token at which the sum of the weights passes a value. */
    private static int at(int[] order, double[] weights, double value) {
        double sum = 0;
        for (int token : order) {
            sum += weights[token];
            if (value < sum) {
                return token;
            }
        }
        return order[order.length - 1];
    }

    private static int largest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
