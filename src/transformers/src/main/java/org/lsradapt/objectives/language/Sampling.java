package org.lsradapt.objectives.language;

import java.util.Arrays;
import java.util.BitSet;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Logits;
import org.lsradapt.lsr.internal.Require;

/**
 * The choice of the next token from its logits z.
 *
 * @param temperature T: probabilities are softmax(z/T); 0 takes the most probable token, the first of several equal
 *     ones
 * @param topP nucleus sampling (Holtzman et al., arXiv 1904.09751): considers only the most probable tokens, as many as
 *     it takes for their probabilities to add up to this; 1 considers all
 * @param topK considers at most this many of the most probable tokens, whose probabilities are divided by their sum
 *     before nucleus sampling; 0 considers all
 * @param repetitionPenalty penalty of tokens that the text already contains, including the prompt (Keskar et al., arXiv
 *     1909.05858, as in transformers). Before anything else, their logits are divided by it if above 0 and multiplied
 *     by it if below. Above 1 they become less probable, below 1 more. Empty for the model's default: a generator that
 *     knows the model's files takes theirs, and {@link TokenGenerator} takes 1, which changes nothing
 * @param seed seed of the choices: the same prompt and seed give the same text on one machine; different seeds,
 *     including neighbouring ones, give independent choices
 */
public record Sampling(double temperature, double topP, int topK, OptionalDouble repetitionPenalty, long seed) {

    /** Always the most probable token. */
    public static final Sampling GREEDY = new Sampling(0, 1, 0);

    /** Checks the ranges. */
    public Sampling {
        Require.argument(
                temperature >= 0 && Double.isFinite(temperature),
                "temperature is %s, expected a finite number >= 0",
                temperature);
        Require.argument(topP > 0 && topP <= 1, "top-p is %s, expected a number above 0 and at most 1", topP);
        Require.argument(topK >= 0, "top-k is %d, expected a number of tokens, or 0 for all", topK);
        double penalty = repetitionPenalty.orElse(1);
        Require.argument(
                penalty > 0 && Double.isFinite(penalty),
                "repetition penalty is %s, expected a finite number above 0",
                penalty);
    }

    /** Creates a sampling of any number of tokens, with the model's default repetition penalty. */
    public Sampling(double temperature, double topP, long seed) {
        this(temperature, topP, 0, OptionalDouble.empty(), seed);
    }

    /** Returns the same sampling at another temperature. */
    public Sampling withTemperature(double other) {
        return new Sampling(other, topP, topK, repetitionPenalty, seed);
    }

    /** Returns the same sampling among the tokens of another total probability; 1 for all. */
    public Sampling withTopP(double other) {
        return new Sampling(temperature, other, topK, repetitionPenalty, seed);
    }

    /** Returns the same sampling among at most this many tokens; 0 for all. */
    public Sampling withTopK(int tokens) {
        return new Sampling(temperature, topP, tokens, repetitionPenalty, seed);
    }

    /** Returns the same sampling with another repetition penalty; 1 for none. */
    public Sampling withRepetitionPenalty(double penalty) {
        return new Sampling(temperature, topP, topK, OptionalDouble.of(penalty), seed);
    }

    /** Returns the same sampling with another seed. */
    public Sampling withSeed(long other) {
        return new Sampling(temperature, topP, topK, repetitionPenalty, other);
    }

    /** Applies the repetition penalty to the logits of tokens that are already present. */
    void penalize(double[] logits, BitSet present) {
        double penalty = repetitionPenalty.orElse(1);
        for (int token = present.nextSetBit(0);
                token >= 0 && token < logits.length;
                token = present.nextSetBit(token + 1)) {
            logits[token] = logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty;
        }
    }

    int choose(double[] logits, Random random) {
        if (temperature == 0) {
            return Logits.largest(logits);
        }
        double top = logits[Logits.largest(logits)];
        double[] weights = new double[logits.length];
        double total = 0;
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.exp((logits[i] - top) / temperature);
            total += weights[i];
        }
        double drawn = random.nextDouble();
        if (topP == 1 && topK == 0) {
            return at(IntStream.range(0, weights.length).toArray(), weights, drawn * total);
        }
        MostProbable tokens = new MostProbable(weights);
        int most = topK == 0 ? weights.length : Math.min(topK, weights.length);
        int[] order = new int[most];
        double considered = total;
        if (most < weights.length) {
            Arrays.setAll(order, i -> tokens.next());
            considered = IntStream.of(order).mapToDouble(i -> weights[i]).sum();
        }
        double sum = 0;
        int count = 0;
        while (count < most && sum < topP * considered) {
            if (most == weights.length) {
                order[count] = tokens.next();
            }
            sum += weights[order[count++]];
        }
        return at(Arrays.copyOf(order, count), weights, drawn * sum);
    }

    /** Tokens from the most probable on, of equal ones the first, without sorting those that are not asked for: a heap. */
    private static final class MostProbable {
        private final double[] weights;
        private final int[] heap;
        private int size;

        MostProbable(double[] weights) {
            this.weights = weights;
            size = weights.length;
            heap = IntStream.range(0, size).toArray();
            for (int i = size / 2 - 1; i >= 0; i--) {
                sink(i);
            }
        }

        int next() {
            int top = heap[0];
            heap[0] = heap[--size];
            sink(0);
            return top;
        }

        private void sink(int from) {
            int token = heap[from];
            int at = from;
            for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
                if (child + 1 < size && precedes(heap[child + 1], heap[child])) {
                    child++;
                }
                if (!precedes(heap[child], token)) {
                    break;
                }
                heap[at] = heap[child];
                at = child;
            }
            heap[at] = token;
        }

        private boolean precedes(int a, int b) {
            return weights[a] > weights[b] || (weights[a] == weights[b] && a < b);
        }
    }

    /** Returns the token at which the sum of the weights exceeds a value. */
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
}
