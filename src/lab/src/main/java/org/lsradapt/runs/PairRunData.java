package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.EmbeddingEvaluation;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.tasks.PairData;

/**
 * Pairs of texts whose embeddings should be close, as the data of a run.
 *
 * @param pairs the pairs, and the evaluation data
 * @param losses the losses to minimize
 */
public record PairRunData(String name, PairData pairs, EmbeddingLosses losses) implements EmbeddingRunData {

    @Override
    public PairRunData holdOut(double fraction, long seed) {
        return new PairRunData(
                name, PairData.pairs(pairs.train()).heldOut(fraction).seed(seed).build(), losses);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training pairs; %,d queries to find in %,d texts",
                name,
                pairs.train().size(),
                pairs.evaluation().queries().size(),
                pairs.evaluation().corpus().size());
    }

    @Override
    public List<String> notes() {
        return pairs.notes();
    }

    @Override
    public TextEmbedder train(EmbedderTraining training) throws IOException {
        return losses.set(training).train(pairs);
    }

    @Override
    public EmbeddingEvaluation evaluation() {
        return EmbeddingEvaluation.retrieval(pairs.evaluation());
    }

    @Override
    public Map<String, Object> settings() {
        return losses.settings();
    }
}
