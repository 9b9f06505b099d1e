package org.lsradapt.springai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.lsradapt.springai.RandomAdapters.TINY;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lsradapt.models.BaseModel;
import org.lsradapt.tasks.embeddings.TextEmbedder;
import org.lsradapt.tasks.reranking.MultiAdapterReranker;
import org.lsradapt.tasks.reranking.RankedPassage;
import org.lsradapt.tasks.reranking.Reranker;
import org.springframework.ai.document.Document;
import org.springframework.ai.rag.Query;
import org.springframework.ai.vectorstore.SearchRequest;
import org.springframework.ai.vectorstore.SimpleVectorStore;

class AdaptedDocumentRerankerTest {
    private static final List<String> PASSAGES = List.of("the sun is cold", "a smile", "rain and sun", "is warm");
    private static final Query QUERY = new Query("smile");

    @TempDir
    private Path work;

    private Path reranker(BaseModel base, String name, int best) throws IOException {
        return TrainedReranker.save(base, work.resolve(name), QUERY.text(), PASSAGES, best);
    }

    /** All passages, in the order of a store's search. */
    private static List<Document> retrieved(BaseModel base) throws IOException {
        try (TextEmbedder embedder = TextEmbedder.of(base)) {
            SimpleVectorStore store = SimpleVectorStore.builder(AdaptedEmbeddingModel.of(embedder))
                    .build();
            store.add(PASSAGES.stream()
                    .map(text -> new Document(text, Map.of("source", "of " + text)))
                    .toList());
            return store.similaritySearch(SearchRequest.builder()
                    .query(QUERY.text())
                    .topK(PASSAGES.size())
                    .build());
        }
    }

    @Test
    void process_isTheRerankersOrder_perTenant() throws IOException {
        try (BaseModel base = BaseModel.load(TINY);
                MultiAdapterReranker tenants = MultiAdapterReranker.of(base)) {
            Path acme = reranker(base, "acme", 3);
            tenants.add("acme", acme);
            tenants.add("other", reranker(base, "other", 1));
            List<Document> documents = retrieved(base);
            assertEquals(PASSAGES.size(), documents.size());
            AdaptedDocumentReranker reranker = AdaptedDocumentReranker.of(tenants, 2);
            List<Document> found = reranker.withAdapter("acme").process(QUERY, documents);
            List<RankedPassage> expected = tenants.rank(
                    "acme",
                    QUERY.text(),
                    documents.stream().map(Document::getText).toList(),
                    2);
            assertEquals(2, found.size());
            for (int i = 0; i < 2; i++) {
                Document original = documents.get(expected.get(i).index());
                assertEquals(original.getId(), found.get(i).getId());
                assertEquals(original.getMetadata(), found.get(i).getMetadata());
                assertEquals(expected.get(i).score(), found.get(i).getScore());
            }
            assertEquals("is warm", found.get(0).getText());
            assertEquals(
                    "a smile",
                    reranker.withAdapter("other")
                            .process(QUERY, documents)
                            .get(0)
                            .getText());
            assertEquals(List.of(), reranker.withAdapter("acme").process(QUERY, List.of()));
            assertTrue(assertThrows(
                            IllegalArgumentException.class,
                            () -> reranker.withAdapter("nobody").process(QUERY, documents))
                    .getMessage()
                    .contains("nobody"));
            try (Reranker alone = Reranker.load(acme)) {
                AdaptedDocumentReranker one = AdaptedDocumentReranker.of(alone, 9);
                assertEquals(4, one.process(QUERY, documents).size());
                assertEquals(found, one.process(QUERY, documents).subList(0, 2));
                assertThrows(IllegalStateException.class, () -> one.withAdapter("acme"));
                assertEquals(
                        "document reranker: limit is 0, expected 1 or more",
                        assertThrows(IllegalArgumentException.class, () -> AdaptedDocumentReranker.of(alone, 0))
                                .getMessage());
            }
        }
    }
}
