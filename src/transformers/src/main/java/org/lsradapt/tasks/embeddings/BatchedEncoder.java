package org.lsradapt.tasks.embeddings;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.lsradapt.lsr.internal.Parallel;
import org.lsradapt.training.TrainingMemory;
import org.lsradapt.transformer.inputs.TokenSequence;

/** Embeds texts in batches of similar length. */
record BatchedEncoder(EmbeddingTokens tokens, Function<List<TokenSequence>, float[][]> model) implements TextEncoder {
    private static final int BATCH = TrainingMemory.EMBEDDED_TEXTS;

    /** A full batch of texts with the most tokens. */
    static List<TokenSequence> largest(int maxLength) {
        return Collections.nCopies(BATCH, new TokenSequence(new int[maxLength], new int[maxLength]));
    }

    @Override
    public float[][] embed(List<String> texts) {
        return batches(Parallel.map(texts, tokens::passage));
    }

    @Override
    public float[][] embedQueries(List<String> queries) {
        return batches(Parallel.map(queries, tokens::query));
    }

    private float[][] batches(List<TokenSequence> sequences) {
        return batches(sequences, (batch, indices) -> model.apply(batch));
    }

    /** Embeds sequences in batches of similar length: a vector per sequence, in their order. */
    static float[][] batches(
            List<TokenSequence> sequences, BiFunction<List<TokenSequence>, List<Integer>, float[][]> model) {
        List<Integer> order = IntStream.range(0, sequences.size())
                .boxed()
                .sorted(Comparator.comparingInt(i -> sequences.get(i).length()))
                .toList();
        float[][] embeddings = new float[sequences.size()][];
        for (int from = 0; from < order.size(); from += BATCH) {
            List<Integer> indices = order.subList(from, Math.min(order.size(), from + BATCH));
            float[][] rows = model.apply(indices.stream().map(sequences::get).toList(), indices);
            for (int i = 0; i < rows.length; i++) {
                embeddings[indices.get(i)] = rows[i];
            }
        }
        return embeddings;
    }
}
