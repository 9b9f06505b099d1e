package com.example;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.lsradapt.finetuning.EmbedderTraining;
import org.lsradapt.finetuning.TextEmbedder;
import org.lsradapt.lsr.LsrConfig;
import org.lsradapt.tasks.TextPair;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;
import org.springframework.ai.vectorstore.VectorStore;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A Spring Boot application whose vector store embeds with a model that is adapted to pairs. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class Main {
    @Bean
    VectorStore vectorStore(EmbeddingModel model) {
        return SimpleVectorStore.builder(model).build();
    }

    public static void main(String[] args) throws Exception {
        List<TextPair> pairs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            pairs.add(TextPair.of("How do I cancel order " + i + "?", "Order " + i + " is called off in writing."));
        }
        String question = "Can I still call off order 7?";
        Path folder = Files.createTempDirectory("orders");
        float[] expected;
        try (TextEmbedder embedder = TextEmbedder.on("minilm")
                .config(EmbedderTraining.pairConfig(LsrConfig.defaults()).toBuilder()
                        .epochs(1)
                        .build())
                .train(pairs, pairs)) {
            embedder.save(folder);
            expected = embedder.embedQuery(question);
        }
        try (ConfigurableApplicationContext context =
                SpringApplication.run(Main.class, "--lsradapt.embedding.adapter=" + folder)) {
            float[] vector = context.getBean(EmbeddingModel.class).embed(question);
            require(Arrays.equals(vector, expected), "Spring AI's vector differs from the embedder's");
            VectorStore store = context.getBean(VectorStore.class);
            store.add(List.of(
                    new Document("Order 7 is called off in writing."), new Document("The office closes at five.")));
            List<Document> found = store.similaritySearch(
                    SearchRequest.builder().query(question).topK(1).build());
            require(
                    found.get(0).getText().startsWith("Order 7"),
                    "found: " + found.get(0).getText());
        }
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }
}
