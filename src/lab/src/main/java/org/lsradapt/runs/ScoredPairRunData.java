package org.lsradapt.runs;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.EmbeddingEvaluation;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.tasks.ScoredPairData;

/** Pairs of texts with similarity scores, as the data of a run. */
public record ScoredPairRunData(String name, ScoredPairData pairs, EmbeddingLosses losses) implements EmbeddingRunData {

    @Override
    public ScoredPairRunData holdOut(double fraction, long seed) {
        return new ScoredPairRunData(
                name,
                ScoredPairData.pairs(pairs.train()).heldOut(fraction).seed(seed).build(),
                losses);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "task %s: %,d training and %,d evaluation pairs with scores",
                name,
                pairs.train().size(),
                pairs.evaluation().size());
    }

    @Override
    public List<String> notes() {
        return pairs.notes();
    }

    @Override
    public TextEmbedder train(EmbedderTraining training) throws IOException {
        return losses.set(training).trainScored(pairs);
    }

    @Override
    public EmbeddingEvaluation evaluation() {
        return EmbeddingEvaluation.scored(pairs.evaluation());
    }

    @Override
    public Map<String, Object> settings() {
        return losses.settings();
    }
}
