package org.lsradapt.objectives.language;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.lsradapt.lsr.AdapterSet;
import org.lsradapt.lsr.DenseUpdates;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.lsr.RandomArrays;
import org.lsradapt.lsr.backend.Backend;
import org.lsradapt.lsr.backend.Backends;
import org.lsradapt.lsr.weights.FrozenWeight;
import org.lsradapt.transformer.SmallModel;
import org.lsradapt.transformer.TokenBatch;
import org.lsradapt.transformer.TransformerPass;
import org.lsradapt.transformer.TransformerWeights;
import org.lsradapt.transformer.inputs.Rows;
import org.lsradapt.transformer.inputs.TokenSequence;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class TokenGeneratorTest {
    private static final Backend BACKEND = Backends.standard();
    private static final int[] PROMPT = {3, 17, 5, 22};

    private final TransformerWeights weights = SmallModel.LLAMA.weights(DataType.DOUBLE);

    private AdapterSet adapters() {
        AdapterSet set = AdapterSet.create(weights.linearLayers(), LsrConfig.defaults(), BACKEND);
        set.values()
                .assign(RandomArrays.normal(new Random(3), DataType.DOUBLE, set.parameterCount())
                        .muli(0.3));
        return set;
    }

    private static int[] greedy(TokenGenerator generator, Optional<DenseUpdates> updates, int count) {
        return generator.generate(
                new TokenRequest(PROMPT, updates, Sampling.GREEDY, count, Set.of()), token -> true, () -> false);
    }

    /** The most probable next token of the whole sequence, computed anew for each. */
    private int[] withoutACache(TransformerPass pass, int count) {
        int[] tokens = PROMPT;
        for (int i = 0; i < count; i++) {
            TokenSequence sequence = new TokenSequence(tokens, new int[tokens.length]);
            INDArray hidden = pass.forward(TokenBatch.of(List.of(sequence), weights.model(), Rows.LAST));
            FrozenWeight head = weights.vocabularyWeight().orElseThrow();
            INDArray logits = Nd4j.create(head.dataType(), hidden.size(0), head.outFeatures());
            head.multiply(BACKEND, hidden, 0, logits);
            tokens = Arrays.copyOf(tokens, tokens.length + 1);
            tokens[tokens.length - 1] = logits.argMax(1).getInt(0);
        }
        return Arrays.copyOfRange(tokens, PROMPT.length, tokens.length);
    }

    @Test
    void generate_greedyWithAndWithoutAdapters_isWhatWholeSequencesGive() {
        try (TokenGenerator generator = new TokenGenerator(weights, BACKEND);
                AdapterSet adapters = adapters();
                DenseUpdates updates = DenseUpdates.of(adapters);
                TransformerPass base = TransformerPass.inference(weights, BACKEND);
                TransformerPass adapted = TransformerPass.inference(weights, adapters, BACKEND)) {
            int[] plain = greedy(generator, Optional.empty(), 12);
            assertArrayEquals(withoutACache(base, 12), plain);
            int[] with = greedy(generator, Optional.of(updates), 12);
            assertArrayEquals(withoutACache(adapted, 12), with);
            assertNotEquals(Arrays.toString(plain), Arrays.toString(with));
        }
    }

    @Test
    void generate_endsAtAnEndTokenALastTokenOrTheLastPosition() {
        try (TokenGenerator generator = new TokenGenerator(weights, BACKEND)) {
            int[] all = greedy(generator, Optional.empty(), 100);
            assertEquals(weights.model().maxTokens() - PROMPT.length, all.length);
            int end = all[2];
            int first = 0;
            while (all[first] != end) {
                first++;
            }
            int[] ended = generator.generate(
                    new TokenRequest(PROMPT, Optional.empty(), Sampling.GREEDY, 100, Set.of(end)),
                    token -> true,
                    () -> false);
            assertArrayEquals(Arrays.copyOf(all, first), ended);
            List<Integer> told = new ArrayList<>();
            int[] stopped = generator.generate(
                    new TokenRequest(PROMPT, Optional.empty(), Sampling.GREEDY, 100, Set.of()),
                    token -> {
                        told.add(token);
                        return told.size() < 5;
                    },
                    () -> false);
            assertArrayEquals(Arrays.copyOf(all, 5), stopped);
            assertEquals(5, told.size());
        }
    }

    @Test
    void choose_manyTimes_hasTheProbabilitiesOfTheSoftmax() {
        double[] logits = {0.3, -1.2, 2.1, 0.9};
        Random random = new Random(5);
        int[] all = new int[4];
        int[] nucleus = new int[4];
        int[] two = new int[4];
        int[] both = new int[4];
        for (int i = 0; i < 40_000; i++) {
            all[new Sampling(0.7, 1, 0).choose(logits, random)]++;
            nucleus[new Sampling(0.7, 0.9, 0).choose(logits, random)]++;
            two[new Sampling(0.7, 1, 0).withTopK(2).choose(logits, random)]++;
            both[new Sampling(0.7, 0.8, 0).withTopK(2).choose(logits, random)]++;
        }
        double[] p = new double[4];
        double total = 0;
        for (int i = 0; i < 4; i++) {
            p[i] = Math.exp(logits[i] / 0.7);
            total += p[i];
        }
        for (int i = 0; i < 4; i++) {
            assertEquals(p[i] / total, all[i] / 40_000.0, 0.01);
        }
        assertTrue(p[2] / total < 0.9 && (p[2] + p[3]) / total > 0.9, "the nucleus has two tokens");
        assertEquals(0, nucleus[0] + nucleus[1]);
        assertEquals(p[2] / (p[2] + p[3]), nucleus[2] / 40_000.0, 0.01);
        assertEquals(0, two[0] + two[1]);
        assertEquals(p[2] / (p[2] + p[3]), two[2] / 40_000.0, 0.01);
        assertTrue(p[2] / total < 0.8 && p[2] / (p[2] + p[3]) > 0.8, "of two tokens, the nucleus has one");
        assertEquals(40_000, both[2]);
        assertEquals(2, new Sampling(0.01, 1, 0).choose(logits, random));
        assertEquals(2, new Sampling(9, 1, 0).withTopK(1).choose(logits, random));
        assertEquals(1, Sampling.GREEDY.choose(new double[] {0, 3, 3}, random));
    }

    /** With equal logits, and as many tokens as a nucleus has in a sorted list. */
    @Test
    void choose_amongMany_isTheChoiceFromASortedList() {
        Random random = new Random(6);
        double[] logits = random.doubles(97, -3, 3).map(Math::rint).toArray();
        Integer[] sorted = IntStream.range(0, 97).boxed().toArray(Integer[]::new);
        Arrays.sort(sorted, (a, b) -> Double.compare(logits[b], logits[a]));
        double total = Arrays.stream(logits).map(z -> Math.exp(z - 3)).sum();
        for (int i = 0; i < 300; i++) {
            double share = 0.05 + 0.9 * random.nextDouble();
            double drawn = new Random(i).nextDouble();
            double sum = 0;
            int count = 0;
            while (sum < share * total) {
                sum += Math.exp(logits[sorted[count++]] - 3);
            }
            double at = 0;
            int place = -1;
            while (at <= drawn * sum) {
                at += Math.exp(logits[sorted[++place]] - 3);
            }
            assertEquals(sorted[place], new Sampling(1, share, 0).choose(logits.clone(), new Random(i)), "at " + i);
        }
    }

    /** The probabilities of the token behind the prompt. */
    private static double[] probabilities(TransformerWeights weights, double temperature) {
        try (TransformerPass pass = TransformerPass.inference(weights, BACKEND)) {
            TokenSequence sequence = new TokenSequence(PROMPT, new int[PROMPT.length]);
            INDArray hidden = pass.forward(TokenBatch.of(List.of(sequence), weights.model(), Rows.LAST));
            FrozenWeight head = weights.vocabularyWeight().orElseThrow();
            INDArray logits = Nd4j.create(head.dataType(), hidden.size(0), head.outFeatures());
            head.multiply(BACKEND, hidden, 0, logits);
            double[] p = Arrays.stream(logits.toDoubleVector())
                    .map(logit -> Math.exp(logit / temperature))
                    .toArray();
            double total = Arrays.stream(p).sum();
            return Arrays.stream(p).map(weight -> weight / total).toArray();
        }
    }

    /**
     * The first n seeds are a sample of the distribution: the expected number of different tokens is Σ 1 − (1 − p)ⁿ, with a
     * variance below that, and the expected total variation from the distribution at most ½ Σ √(p/n).
     */
    @Test
    void generate_neighbouringSeeds_drawFirstTokensOfTheDistribution() {
        TransformerWeights weights = SmallModel.LLAMA.weights(DataType.FLOAT);
        double temperature = 1.5;
        double[] p = probabilities(weights, temperature);
        int[] drawn = new int[p.length];
        int seeds = 1_000;
        int few = 100;
        long distinct = 0;
        try (TokenGenerator generator = new TokenGenerator(weights, BACKEND)) {
            for (int seed = 0; seed < seeds; seed++) {
                Sampling sampling = new Sampling(temperature, 1, seed);
                drawn[
                        generator
                                .generate(
                                        new TokenRequest(PROMPT, Optional.empty(), sampling, 1, Set.of()),
                                        token -> true,
                                        () -> false)[0]]++;
                if (seed == few - 1) {
                    distinct = Arrays.stream(drawn).filter(count -> count > 0).count();
                }
            }
        }
        double expected = Arrays.stream(p).map(x -> 1 - Math.pow(1 - x, few)).sum();
        double variance = Arrays.stream(p)
                .map(x -> Math.pow(1 - x, few) * (1 - Math.pow(1 - x, few)))
                .sum();
        assertEquals(expected, (double) distinct, 3 * Math.sqrt(variance));
        double variation = 0;
        for (int i = 0; i < p.length; i++) {
            variation += Math.abs(drawn[i] / (double) seeds - p[i]) / 2;
        }
        double bound = Arrays.stream(p).map(x -> Math.sqrt(x / seeds)).sum() / 2;
        assertTrue(variation < bound, variation + ", expected below " + bound);
    }

    @Test
    void penalize_tokensThatAreThere_areLessProbable() {
        double[] logits = {2.4, -1.5, 0.6, -3};
        BitSet present = new BitSet();
        present.set(0);
        present.set(3);
        present.set(9); // no logit of the model's
        new Sampling(0, 1, 0).penalize(logits, present);
        assertArrayEquals(new double[] {2.4, -1.5, 0.6, -3}, logits);
        Sampling.GREEDY.withRepetitionPenalty(1.5).penalize(logits, present);
        assertArrayEquals(new double[] {2.4 / 1.5, -1.5, 0.6, -4.5}, logits);
    }

    @Test
    void generate_oneSeed_givesTheSameTextAgain() {
        try (TokenGenerator generator = new TokenGenerator(weights, BACKEND)) {
            List<String> texts = new ArrayList<>();
            for (long seed : new long[] {1, 1, 2}) {
                texts.add(Arrays.toString(generator.generate(
                        new TokenRequest(PROMPT, Optional.empty(), new Sampling(1.5, 0.95, seed), 12, Set.of()),
                        token -> true,
                        () -> false)));
            }
            assertEquals(texts.get(0), texts.get(1));
            assertNotEquals(texts.get(0), texts.get(2));
        }
    }

    @Test
    void generate_badInput_isRefused() {
        try (TokenGenerator generator = new TokenGenerator(weights, BACKEND)) {
            assertMessage(
                    "generation: the prompt has 16 tokens, the model has positions for 16, the new ones included",
                    () -> generator.generate(
                            new TokenRequest(new int[16], Optional.empty(), Sampling.GREEDY, 1, Set.of()),
                            token -> true,
                            () -> false));
            assertMessage(
                    "token batch: token id 31 at position 1 of sequence 0, expected 0 … 30",
                    () -> generator.generate(
                            new TokenRequest(new int[] {1, 31}, Optional.empty(), Sampling.GREEDY, 1, Set.of()),
                            token -> true,
                            () -> false));
        }
        assertMessage(
                "generation: the model is not a causal language model, expected one such as LLaMA",
                () -> new TokenGenerator(SmallModel.BERT.weights(DataType.FLOAT), BACKEND));
        assertMessage("top-p is 0.0, expected a number above 0 and at most 1", () -> new Sampling(1, 0, 0));
        assertMessage("top-k is -1, expected a number of tokens, or 0 for all", () -> Sampling.GREEDY.withTopK(-1));
        assertMessage("top-k is -1, expected a number of tokens, or 0 for all", () -> Sampling.GREEDY.withTopK(-1));
        assertMessage(
                "repetition penalty is -1.2, expected a finite number above 0",
                () -> Sampling.GREEDY.withRepetitionPenalty(-1.2));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }
}
