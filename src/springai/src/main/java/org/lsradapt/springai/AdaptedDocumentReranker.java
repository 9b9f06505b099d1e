package org.lsradapt.springai;

import java.util.List;
import java.util.Optional;
import org.lsradapt.finetuning.MultiAdapterReranker;
import org.lsradapt.finetuning.RankedPassage;
import org.lsradapt.finetuning.Reranker;
import org.lsradapt.serving.MultiAdapterModel;
import org.springframework.ai.document.Document;
import org.springframework.ai.rag.Query;
import org.springframework.ai.rag.postretrieval.document.DocumentPostProcessor;

/**
 * Orders what Spring AI retrieved by an adapted reranker in this process.
 *
 * <pre>{@code
 * RetrievalAugmentationAdvisor.builder()
 *         .documentRetriever(retriever)
 *         .documentPostProcessors(AdaptedDocumentReranker.of(Reranker.load(folder), 5))
 * }</pre>
 *
 * <p>The score of a document becomes the model's output as it is, without a bound. Of a document only the text is read;
 * a query and a text that are longer than in training are cut.
 *
 * <p>Immutable, and safe for use by many threads, also while adapters are replaced. Owns nothing: whoever made the
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

    /**
     * A trained or loaded reranker.
     *
     * @param reranker kept
     * @param limit how many documents are left, at least 1
     */
    public static AdaptedDocumentReranker of(Reranker reranker, int limit) {
        return new AdaptedDocumentReranker(reranker::rank, limit, Optional.empty());
    }

    /**
     * The base model of many adapters with its own head; see {@link #withAdapter}.
     *
     * @param rerankers kept
     * @param limit how many documents are left, at least 1
     */
    public static AdaptedDocumentReranker of(MultiAdapterReranker rerankers, int limit) {
        return of(rerankers, MultiAdapterModel.BASE, limit);
    }

    private static AdaptedDocumentReranker of(MultiAdapterReranker rerankers, String adapter, int limit) {
        return new AdaptedDocumentReranker(
                (query, passages, k) -> rerankers.rank(adapter, query, passages, k), limit, Optional.of(rerankers));
    }

    /**
     * The same reranker with another adapter; costs nothing, so that there may be one per call.
     *
     * @param name an adapter of the {@link MultiAdapterReranker}, or {@link MultiAdapterModel#BASE} for the base
     *     model's own head; looked up at each call, which throws {@link IllegalArgumentException} where there is no such
     *     adapter then
     * @throws IllegalStateException if it is made of a {@link Reranker}, which has but one
     */
    public AdaptedDocumentReranker withAdapter(String name) {
        MultiAdapterReranker rerankers = many.orElseThrow(() -> new IllegalStateException("with adapter '" + name
                + "': the reranker is made of a Reranker, which has one adapter; expected a MultiAdapterReranker"));
        return of(rerankers, name, limit);
    }

    /**
     * The documents that answer a query best.
     *
     * @param query of which the text is read, without history and context
     * @param documents with text; not modified
     * @return the best, best first, each with its score; those of equal scores in the order given
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
