package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.lsradapt.models.BaseModel;
import org.lsradapt.retrieval.JudgedQuery;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.training.settings.TrainingConfig;

/** A reranker of a few thousand parameters that has learned one answer. */
final class TrainedReranker {
    private TrainedReranker() {}

    /** Trains a reranker whose best passage for a query is the one of that index, and saves it. */
    static Path save(BaseModel base, Path folder, String query, List<String> passages, int best) throws IOException {
        List<Double> grades = new ArrayList<>(Collections.nCopies(passages.size(), 0.0));
        grades.set(best, 1.0);
        List<JudgedQuery> queries = List.of(
                new JudgedQuery("the film", passages, grades, List.of()),
                new JudgedQuery(query, passages, grades, List.of()));
        TrainingConfig config = TrainingConfig.builder()
                .epochs(40)
                .batchSize(8)
                .learningRate(5e-3)
                .headLearningRate(2e-2)
                .build();
        try (Reranker reranker = Reranker.on(base).config(config).train(queries, queries)) {
            reranker.save(folder);
            assertEquals(best, reranker.rank(query, passages, 1).get(0).index());
        }
        return folder;
    }
}
