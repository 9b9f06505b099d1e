package com.example;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.DefaultRetrievalAugmentor;
import dev.langchain4j.rag.RetrievalAugmentor;
import dev.langchain4j.rag.content.aggregator.ReRankingContentAggregator;
import dev.langchain4j.rag.content.injector.DefaultContentInjector;
import dev.langchain4j.rag.content.retriever.EmbeddingStoreContentRetriever;
import dev.langchain4j.store.embedding.inmemory.InMemoryEmbeddingStore;
import java.nio.file.Path;
import java.util.List;
import org.lsradapt.tasks.reranking.Reranker;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.langchain4j.AdaptedEmbeddingModel;
import org.lsradapt.langchain4j.AdaptedScoringModel;

/** Prints the prompt that a chat model gets: a question with the three best passages. */
class Ask {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        try (TextEmbedder embedder = TextEmbedder.load(folder.resolve("embedder"));
                Reranker reranker = Reranker.load(folder.resolve("reranker"))) {
            AdaptedEmbeddingModel model = AdaptedEmbeddingModel.of(embedder);
            List<TextSegment> segments = SpringProperty.readAll().stream()
                    .map(property -> TextSegment.from(
                            property.name(), Metadata.from("description", property.description())))
                    .toList();
            InMemoryEmbeddingStore<TextSegment> store = new InMemoryEmbeddingStore<>();
            store.addAll(model.passages().embedAll(segments).content(), segments);

            RetrievalAugmentor augmentor = DefaultRetrievalAugmentor.builder()
                    .contentRetriever(EmbeddingStoreContentRetriever.builder()
                            .embeddingModel(model.queries())
                            .embeddingStore(store)
                            .maxResults(20)
                            .build())
                    .contentAggregator(ReRankingContentAggregator.builder()
                            .scoringModel(AdaptedScoringModel.of(reranker))
                            .maxResults(3)
                            .build())
                    .contentInjector(DefaultContentInjector.builder()
                            .metadataKeysToInclude(List.of("description"))
                            .build())
                    .build();
            // In an application: AiServices.builder(…).chatModel(…).retrievalAugmentor(augmentor).
            UserMessage question = UserMessage.from(args[1]);
            AugmentationRequest request = new AugmentationRequest(
                    question, dev.langchain4j.rag.query.Metadata.from(question, "user", List.of()));
            System.out.println(((UserMessage) augmentor.augment(request).chatMessage()).singleText());
        }
    }
}
