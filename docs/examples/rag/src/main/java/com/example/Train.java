package com.example;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.lsradapt.tasks.embeddings.EmbeddingEvaluation;
import org.lsradapt.finetuning.FineTuning;
import org.lsradapt.tasks.reranking.FirstStage;
import org.lsradapt.tasks.embeddings.HardNegatives;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.lsr.LayerSelector;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.models.BaseModel;
import org.lsradapt.objectives.heads.RankingLoss;
import org.lsradapt.retrieval.NegativeMining;
import org.lsradapt.retrieval.RankingMetrics;
import org.lsradapt.retrieval.Candidates;
import org.lsradapt.retrieval.PairData;
import org.lsradapt.retrieval.RankingData;
import org.lsradapt.data.TextPair;
import org.lsradapt.training.settings.TrainingConfig;

/** Trains both stages to find a property of Spring Boot by its description. */
class Train {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        List<SpringProperty> properties = SpringProperty.readAll();
        Collections.shuffle(properties, new Random(1));
        List<TextPair> pairs = properties.stream()
                .limit(Long.parseLong(args[1]))
                .map(property -> TextPair.of(property.description(), property.name()))
                .toList();
        List<String> names = pairs.stream().map(TextPair::positive).toList();
        PairData data = PairData.of(pairs).read(); // holds out a tenth of the pairs
        EmbeddingEvaluation search = EmbeddingEvaluation.retrieval(data.evaluation());
        try (BaseModel base = BaseModel.load("minilm");
                TextEmbedder before = TextEmbedder.of(base);
                TextEmbedder embedder = TextEmbedder.on(base).train(data)) {
            embedder.saveReplacing(folder.resolve("embedder"));

            // The reranker learns to tell the right passages from those that the embedder confuses with them.
            HardNegatives mined = HardNegatives.mine(
                    embedder, data.train(), names, NegativeMining.builder().negatives(5).build());
            Candidates found = FirstStage.candidates(embedder, "embedder", data.evaluation(), 20);
            RankingData judged =
                    RankingData.of(mined.judged()).evaluation(found).read();
            try (Reranker reranker = Reranker.on(base)
                    .adapters(LsrConfig.defaults())
                    .targets(LayerSelector.allLinear())
                    .loss(RankingLoss.listwise())
                    .config(config(Integer.parseInt(args[2])))
                    .train(judged)) {
                reranker.saveReplacing(folder.resolve("reranker"));
                print("MiniLM", search.evaluate(before).get("ndcg@10"));
                print("adapted embedder", search.evaluate(embedder).get("ndcg@10"));
                print("its first 20", RankingMetrics.of(found).get("ndcg@10"));
                print("with the reranker", reranker.evaluate(found).get("ndcg@10"));
            }
        }
    }

    /** Eight questions, each with all of its passages, in a step. */
    private static TrainingConfig config(int epochs) {
        return FineTuning.defaultConfig(LsrConfig.defaults()).toBuilder()
                .batchSize(8)
                .epochs(epochs)
                .build();
    }

    private static void print(String searcher, double ndcg) {
        System.out.printf("nDCG@10 %.3f: %s%n", ndcg, searcher);
    }
}
