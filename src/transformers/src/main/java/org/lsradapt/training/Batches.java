package org.lsradapt.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.ToIntFunction;
import org.lsradapt.lsr.internal.SplitMix64;
import org.lsradapt.training.examples.LongExampleException;
import org.lsradapt.training.examples.TrainingExample;
import org.lsradapt.training.settings.TrainingConfig;
import org.lsradapt.transformer.inputs.ModelInput;

/** The batches of a run: each epoch has all examples in a new order, which depends on the seed only. */
final class Batches {
    private final TrainingConfig config;
    private final List<TrainingExample> order;
    private final Random random;

    Batches(List<TrainingExample> train, TrainingConfig config) {
        this.config = config;
        order = new ArrayList<>(train);
        random = SplitMix64.random(config.seed());
        for (int i = 0; config.batchTokens() > 0 && i < order.size(); i++) {
            int length = length(order.get(i));
            if (length > config.batchTokens()) {
                throw new LongExampleException(i, length, config.batchTokens());
            }
        }
    }

    /** The optimizer steps of a run's first epochs. They depend on the examples' order if tokens limit the batches. */
    static int steps(List<TrainingExample> train, TrainingConfig config, int epochs) {
        Batches batches = new Batches(train, config);
        int steps = 0;
        for (int epoch = 0; epoch < epochs; epoch++) {
            steps = Math.addExact(steps, batches.nextEpoch().size());
        }
        return steps;
    }

    /** The next epoch's optimizer steps, each a list of batches; valid until the next call. */
    List<List<List<TrainingExample>>> nextEpoch() {
        Collections.shuffle(order, random);
        List<List<TrainingExample>> batches = split(order, Batches::length, config.batchSize(), config.batchTokens());
        return split(batches, batch -> 0, config.accumulate(), 0);
    }

    /** The inputs of a pass over the longest examples together; no batch has more tokens. */
    List<ModelInput> largest() {
        List<TrainingExample> longest = new ArrayList<>(order);
        longest.sort(Comparator.comparingInt(Batches::length).reversed());
        List<ModelInput> inputs =
                split(longest, Batches::length, config.batchSize(), config.batchTokens()).get(0).stream()
                        .flatMap(item -> item.sequences().stream())
                        .toList();
        return config.chunkSize() == 0
                ? inputs
                : inputs.stream()
                        .sorted(Comparator.comparingInt(ModelInput::length).reversed())
                        .limit(config.chunkSize())
                        .toList();
    }

    /** The number of tokens of all sequences of an item. */
    private static int length(TrainingExample item) {
        int length = 0;
        for (ModelInput sequence : item.sequences()) {
            length += sequence.length();
        }
        return length;
    }

    /**
     * Divides a list into contiguous parts.
     *
     * @param most the maximal number of elements of a part
     * @param mostLength the maximal total length of a part, except for a single longer element; 0 for no limit
     */
    static <T> List<List<T>> split(List<T> list, ToIntFunction<T> length, int most, int mostLength) {
        List<List<T>> parts = new ArrayList<>();
        int from = 0;
        long sum = 0;
        for (int i = 0; i < list.size(); i++) {
            int next = length.applyAsInt(list.get(i));
            if (i > from && (i - from == most || (mostLength > 0 && sum + next > mostLength))) {
                parts.add(list.subList(from, i));
                from = i;
                sum = 0;
            }
            sum += next;
        }
        if (from < list.size()) {
            parts.add(list.subList(from, list.size()));
        }
        return parts;
    }
}
