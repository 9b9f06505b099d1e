package com.example;

import dev.langchain4j.model.embedding.EmbeddingModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.langchain4j.AdaptedEmbeddingModel;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.TextPair;

/** Gives LangChain4j a model that is adapted to pairs. */
class Main {
    public static void main(String[] args) throws Exception {
        List<TextPair> pairs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pairs.add(TextPair.of("How do I cancel order " + i + "?", "Order " + i + " is called off in writing."));
        }
        String question = "Can I still call off order 7?";
        try (TextEmbedder embedder = TextEmbedder.on("minilm")
                .config(EmbedderTraining.pairConfig(LsrConfig.defaults()).toBuilder()
                        .epochs(1)
                        .build())
                .train(pairs, pairs)) {
            EmbeddingModel model = AdaptedEmbeddingModel.of(embedder).queries();
            require(model.dimension() == 384, "vectors have " + model.dimension() + " values, expected 384");
            float[] vector = model.embed(question).content().vector();
            require(
                    Arrays.equals(vector, embedder.embedQuery(question)),
                    "LangChain4j's vector differs from the embedder's");
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
