package org.lsradapt.springai;

import java.util.List;
import java.util.Optional;
import org.lsradapt.serving.MultiAdapterModel;
import org.lsradapt.tasks.reranking.MultiAdapterReranker;
import org.lsradapt.tasks.reranking.RankedPassage;
import org.lsradapt.tasks.reranking.Reranker;
import org.springframework.ai.document.Document;
import org.springframework.ai.rag.Query;
import org.springframework.ai.rag.postretrieval.document.DocumentPostProcessor;

/**
 * Reranks the documents that Spring AI retrieved, with an adapted reranker in this process.
 *
 * <pre>{@code
 * RetrievalAugmentationAdvisor.builder()
 *         .documentRetriever(retriever)
 *         .documentPostProcessors(AdaptedDocumentReranker.of(Reranker.load(folder), 5))
 *         .build();
 * }</pre>
 *
 * <p>A document's score is the model's unbounded output. Only the document's text is read; a query and a text that together
 * are longer than in training are cut.
 *
 * <p>Immutable, and safe for use by many threads, also while adapters are replaced. Owns nothing: the creator of the
 * reranker closes it.
 */
public final class AdaptedDocumentReranker implements DocumentPostProcessor {

    private interface Ranker {
        List<RankedPassage> rank(String query, List<String> passages, int k);
    }

    private final Ranker ranker;
    private final int limit;
    private final Optional<MultiAdapterReranker> many;

    private AdaptedDocumentReranker(Ranker ranker, int limit, Optional<MultiAdapterReranker> many) {
        if (limit < 1) {
            throw new IllegalArgumentException("document reranker: limit is " + limit + ", expected 1 or more");
        }
        this.ranker = ranker;
        this.limit = limit;
        this.many = many;
    }

    /** Uses a trained or loaded reranker, kept; {@code limit}, at least 1, is the maximal number of returned documents. */
    public static AdaptedDocumentReranker of(Reranker reranker, int limit) {
        return new AdaptedDocumentReranker(reranker::rank, limit, Optional.empty());
    }

    /** Uses the base model of many rerankers, kept, with its own head, for at most {@code limit} documents; see {@link #withAdapter}. */
    public static AdaptedDocumentReranker of(MultiAdapterReranker rerankers, int limit) {
        return of(rerankers, MultiAdapterModel.BASE, limit);
    }

    private static AdaptedDocumentReranker of(MultiAdapterReranker rerankers, String adapter, int limit) {
        return new AdaptedDocumentReranker(
                (query, passages, k) -> rerankers.rank(adapter, query, passages, k), limit, Optional.of(rerankers));
    }

    /**
     * Returns a copy with another adapter; cheap enough for one per call.
     *
     * @param name an adapter of the {@link MultiAdapterReranker}, or {@link MultiAdapterModel#BASE} for the base model's own
     *     head; each call looks it up and throws {@link IllegalArgumentException} if there is no such adapter then
     * @throws IllegalStateException if this uses a {@link Reranker}, which has only one adapter
     */
    public AdaptedDocumentReranker withAdapter(String name) {
        MultiAdapterReranker rerankers = many.orElseThrow(() -> new IllegalStateException("with adapter '" + name
                + "': the reranker is made of a Reranker, which has one adapter; expected a MultiAdapterReranker"));
        return of(rerankers, name, limit);
    }

    /**
     * Returns the documents that answer a query best.
     *
     * @param query the query; only its text is read, not history and context
     * @param documents with text; not modified
     * @return the best documents, best first, each with its score; equal scores keep the given order
     * @throws IllegalArgumentException if a document has no text
     */
    @Override
    public List<Document> process(Query query, List<Document> documents) {
        List<String> texts = documents.stream().map(DocumentTexts::required).toList();
        return ranker.rank(query.text(), texts, limit).stream()
                .map(best ->
                        documents.get(best.index()).mutate().score(best.score()).build())
                .toList();
    }
}
