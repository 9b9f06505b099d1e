package org.lsradapt.runs;

import java.io.IOException;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.EmbeddingEvaluation;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.models.BaseModel;
import org.lsradapt.models.FrozenModel;
import org.lsradapt.report.Usage;

/** The data of a run that trains embeddings. */
public interface EmbeddingRunData extends RunData {

    @Override
    default String primaryMetric() {
        return evaluation().primaryMetric();
    }

    /** Returns the evaluation on the evaluation data. */
    EmbeddingEvaluation evaluation();

    @Override
    EmbeddingRunData holdOut(double fraction, long seed);

    @Override
    default Usage usage(String adapter) {
        return Usage.of(
                adapter, "search --passages passages.txt 'a question'", "TextEmbedder", "embedQuery(\"a question\")");
    }

    @Override
    default Experiment<?> on(FrozenModel base, RunSettings settings) throws IOException {
        return new EmbeddingExperiment(settings, this, (BaseModel) base);
    }

    /** Trains on this data; the caller closes the embedder. */
    TextEmbedder train(EmbedderTraining training) throws IOException;
}
