package com.example;

import java.nio.file.Path;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.tasks.embeddings.EmbedderTraining;
import org.lsradapt.tasks.embeddings.EmbeddingEvaluation;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.training.settings.TrainingConfig;

/** Trains an adapter for each tenant, and saves it in a folder of the tenant's name. */
class Train {
    public static void main(String[] args) throws Exception {
        train(Path.of(args[0]), args[1], args[2]);
    }

    static void train(Path adapters, String pairs, String epochs) throws Exception {
        // Smaller batches and more epochs than by default, as each tenant has a few hundred pairs.
        TrainingConfig config = EmbedderTraining.pairConfig(LsrConfig.defaults()).toBuilder()
                .batchSize(32)
                .epochs(Integer.parseInt(epochs))
                .build();
        try (BaseModel base = BaseModel.load("minilm");
                TextEmbedder before = TextEmbedder.of(base)) {
            for (Tenant tenant : Tenant.values()) {
                PairData data = PairData.of(tenant.pairs(pairs)).heldOut(0.2).read();
                EmbeddingEvaluation search = EmbeddingEvaluation.retrieval(data.evaluation());
                try (TextEmbedder after = TextEmbedder.on(base).config(config).train(data)) {
                    after.saveReplacing(adapters.resolve(tenant.key()));
                    System.out.printf(
                            "%s: nDCG@10 %.3f, before %.3f%n",
                            tenant.key(),
                            search.evaluate(after).get("ndcg@10"),
                            search.evaluate(before).get("ndcg@10"));
                }
            }
        }
    }
}
